//! A browser without a screen: it keeps cookies, and sends forms back as they are written in pages.

use std::collections::BTreeMap;

use axum::http::{Method, Request};
use tessera::server::Peer;
use url::form_urlencoded;

use super::{
    TestServer,
    server::{Answer, HERE},
};

/// One browser.
#[derive(Debug, Clone)]
pub struct Browser<'s> {
    server: &'s TestServer,
    cookies: BTreeMap<String, String>,
}

/// A form of a page.
#[derive(Debug, Clone)]
pub struct Form {
    /// Where it leads.
    pub action: String,
    /// Its fields and what stands in them.
    pub fields: BTreeMap<String, String>,
}

impl<'s> Browser<'s> {
    pub fn of(server: &'s TestServer) -> Self {
        Self { server, cookies: BTreeMap::new() }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send_from(HERE, (Method::GET, path), &[], "").await
    }

    /// Asks for a part of a page, as a script does.
    pub async fn get_part(&mut self, path: &str) -> Answer {
        self.send_from(HERE, (Method::GET, path), &[("hx-request", "true")], "").await
    }

    /// Sends a form.
    pub async fn submit(&mut self, form: &Form) -> Answer {
        self.submit_with(form, &[]).await
    }

    /// Sends a form with these headers.
    pub async fn submit_with(&mut self, form: &Form, headers: &[(&str, &str)]) -> Answer {
        let body = encoded(form);
        let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
        all.extend(headers);
        self.send_from(HERE, (Method::POST, &form.action), &all, &body).await
    }

    /// Sends a form over a connection from elsewhere.
    pub async fn submit_from(&mut self, peer: Peer, form: &Form) -> Answer {
        let body = encoded(form);
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        self.send_from(peer, (Method::POST, &form.action), &headers, &body).await
    }

    async fn send_from(
        &mut self,
        peer: Peer,
        (method, path): (Method, &str),
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("accept", "text/html");
        if !self.cookies.is_empty() {
            let pairs: Vec<_> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header("cookie", pairs.join("; "));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = self.server.send_from(peer, request, body).await;
        self.keep_cookies(&answer);
        answer
    }

    fn keep_cookies(&mut self, answer: &Answer) {
        for set in answer.headers.get_all("set-cookie") {
            let set = set.to_str().unwrap();
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            if set.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    pub fn set_cookie(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    /// The sign-in form at `path`, filled in.
    pub async fn sign_in_form(&mut self, path: &str, name: &str, password: &str) -> Form {
        let page = self.get(path).await;
        assert_eq!(page.status, 200, "{page:?}");
        Form::of(&page).with("username", name).with("password", password)
    }

    /// Signs in, which must work. Returns where it leads.
    pub async fn sign_in(&mut self, name: &str, password: &str) -> String {
        let form = self.sign_in_form("/login", name, password).await;
        let answer = self.submit(&form).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        answer.header("location").unwrap().to_owned()
    }

    /// Whether somebody is signed in: then the sign-in page sends them on.
    pub async fn is_signed_in(&mut self) -> bool {
        self.get("/login").await.status == 303
    }
}

impl Form {
    /// The one form of a page.
    pub fn of(page: &Answer) -> Self {
        let body = page.body.split_once("<form ").unwrap_or_else(|| panic!("no form: {page:?}")).1;
        let (form, rest) = body.split_once("</form>").unwrap();
        assert!(!rest.contains("<form "), "there are several forms: {page:?}");
        Self::read(form)
    }

    /// The one form of a page that has this in it.
    pub fn with_text(page: &Answer, text: &str) -> Self {
        let forms = page.body.split("<form ").skip(1).map(|body| body.split("</form>").next());
        let found: Vec<_> = forms.flatten().filter(|form| form.contains(text)).collect();
        assert_eq!(found.len(), 1, "{text}: {page:?}");
        Self::read(found[0])
    }

    /// Every form of a page that is posted.
    pub fn all(page: &Answer) -> Vec<Self> {
        let forms = page.body.split("<form ").skip(1).map(|body| body.split("</form>").next());
        let is_posted = |form: &&str| {
            let head = form.split('>').next().unwrap();
            attribute(head, "method").as_deref() == Some("post")
        };
        forms.flatten().filter(is_posted).map(Self::read).collect()
    }

    /// The one form of a page that leads to `action`.
    pub fn to(page: &Answer, action: &str) -> Self {
        Self::with_text(page, &format!("action=\"{action}\""))
    }

    fn read(form: &str) -> Self {
        let (head, inside) = form.split_once('>').unwrap();
        assert_eq!(attribute(head, "method").as_deref(), Some("post"), "{head}");
        let mut fields = BTreeMap::new();
        for input in inside.split("<input ").skip(1) {
            let input = input.split('>').next().unwrap();
            let is_box =
                attribute(input, "type").is_some_and(|kind| kind == "checkbox" || kind == "radio");
            if is_box && !input.ends_with(" checked") {
                continue;
            }
            // What has no name is only shown.
            if let Some(name) = attribute(input, "name") {
                fields.insert(name, attribute(input, "value").unwrap_or_default());
            }
        }
        for area in inside.split("<textarea ").skip(1) {
            let (tag, rest) = area.split_once('>').unwrap();
            let text = rest.split("</textarea>").next().unwrap();
            // The first line end belongs to the tag.
            let text = plain(text.strip_prefix('\n').unwrap_or(text));
            fields.insert(attribute(tag, "name").unwrap(), text);
        }
        for select in inside.split("<select ").skip(1) {
            let (tag, rest) = select.split_once('>').unwrap();
            let all = rest.split("</select>").next().unwrap();
            let options: Vec<_> =
                all.split("<option ").skip(1).map(|it| it.split('>').next().unwrap()).collect();
            let chosen = options.iter().find(|it| it.ends_with(" selected")).or(options.first());
            let value = chosen.and_then(|it| attribute(it, "value")).unwrap_or_default();
            fields.insert(attribute(tag, "name").unwrap(), value);
        }
        Self { action: attribute(head, "action").unwrap(), fields }
    }

    /// The same with this in a field.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.insert(name.to_owned(), value.to_owned());
        self
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = format!(" {tag}")
        .split_once(&format!(" {name}=\""))
        .map(|(a, b)| (a.to_owned(), b.to_owned()))?;
    let value = rest.split('"').next()?;
    Some(plain(value))
}

/// Text without the escapes of HTML.
fn plain(text: &str) -> String {
    ["&#39;", "&quot;", "&#34;", "&lt;", "&#60;", "&gt;", "&#62;", "&#38;", "&amp;"]
        .iter()
        .zip(["'", "\"", "\"", "<", "<", ">", ">", "&", "&"])
        .fold(text.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain))
}

fn encoded(form: &Form) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(&form.fields).finish()
}
