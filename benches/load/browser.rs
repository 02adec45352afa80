//! As much of a browser as signing in takes: cookies, and forms with what is hidden in them.

use std::{collections::BTreeMap, net::SocketAddr};

use super::{
    Result,
    wire::{self, Answer, Connection},
};

/// A browser with one connection.
pub struct Browser {
    connection: Connection,
    cookies: BTreeMap<String, String>,
}

/// What a browser was answered, and at which path.
pub struct Page {
    path: String,
    /// The answer.
    pub answer: Answer,
}

impl Browser {
    /// Opens one that knows nothing yet.
    pub async fn open(address: SocketAddr) -> Result<Self> {
        Ok(Self { connection: Connection::open(address).await?, cookies: BTreeMap::new() })
    }

    /// The value of its `Cookie` header.
    pub fn cookies(&self) -> String {
        let pairs = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    /// Goes to a path of the server, and wherever that leads on it.
    pub async fn get(&mut self, path: &str) -> Result<Page> {
        let mut path = path.to_owned();
        loop {
            let request = wire::get_with(&path, &self.cookies());
            let answer = self.send(&request).await?;
            match answer.location().filter(|to| to.starts_with('/')) {
                Some(next) => next.clone_into(&mut path),
                None => return Ok(Page { path, answer }),
            }
        }
    }

    /// Fills in the form of a page and sends it: a name and a password, and yes to whatever is
    /// asked. Follows from there if that leads to another page of the flow.
    pub async fn fill_in(&mut self, page: &Page, name: &str, password: &str) -> Result<Page> {
        let mut fields = vec![
            ("username".to_owned(), name.to_owned()),
            ("password".to_owned(), password.to_owned()),
            ("decision".to_owned(), "allow".to_owned()),
        ];
        fields.extend(hidden(&page.answer.body));
        let form: String =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let path = action(&page.answer.body).unwrap_or_else(|| page.path.clone());
        let request = wire::post_with(&path, &self.cookies(), &form);
        let answer = self.send(&request).await?;
        match answer.location().filter(|to| to.starts_with("/authorize")) {
            Some(next) => {
                let next = next.to_owned();
                self.get(&next).await
            }
            None => Ok(Page { path, answer }),
        }
    }

    /// Sends that form of a page which has a field of this name, filled in with this text.
    pub async fn post(&mut self, page: &Page, (name, text): (&str, &str)) -> Result<Answer> {
        let field = format!(r#"name="{name}""#);
        let form = page.answer.body.split("<form ").find(|form| form.contains(&field));
        let form: String = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(hidden(form.ok_or("no such form")?))
            .append_pair(name, text)
            .finish();
        let request = wire::post_with(&page.path, &self.cookies(), &form);
        self.send(&request).await
    }

    async fn send(&mut self, request: &[u8]) -> Result<Answer> {
        let answer = self.connection.send(request).await?;
        for value in answer.all("set-cookie") {
            let pair = value.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').ok_or("a cookie without a value")?;
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        Ok(answer)
    }
}

impl Page {
    /// The code that it sends the browser away with.
    pub fn code(&self) -> Option<String> {
        code_of(&self.answer)
    }
}

/// The code that an answer sends the browser away with.
pub fn code_of(answer: &Answer) -> Option<String> {
    let (_, query) = answer.location()?.split_once('?')?;
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(name, _)| name == "code").map(|(_, value)| value.into_owned())
}

/// Where the form of a page leads.
fn action(html: &str) -> Option<String> {
    let (_, rest) = html.split_once("<form ")?;
    let (tag, _) = rest.split_once('>')?;
    attribute(tag, "action")
}

/// What is hidden in the form of a page.
fn hidden(html: &str) -> Vec<(String, String)> {
    let tags = html.split("<input ").skip(1).filter_map(|rest| rest.split_once('>'));
    let tags = tags.map(|(tag, _)| tag).filter(|tag| tag.contains(r#"type="hidden""#));
    tags.filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?))).collect()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(value.replace("&#38;", "&").replace("&amp;", "&"))
}
