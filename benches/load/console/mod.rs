//! The pages of operators in a store of millions: what each asks of the database, and what it costs.

mod asked;
mod fill;
mod plans;

use std::time::{Duration, Instant};

use tessera::model::entry_key::EntryKey;

use self::{
    asked::{EVENTS, FAMILY, OTHERS, QUERIES, REVOKED},
    fill::Extent,
};
use super::{
    Result,
    browser::{Browser, Page},
    database::{Database, Engine},
    figures::{median, milliseconds},
    link::Link,
    processes,
    server::{self, Server},
};

/// How often each page is asked for; the first times, which open connections, do not count.
const TIMES: usize = 5;
const UNCOUNTED: usize = 2;

const OPERATOR: &str = "operator";
const PASSWORD: &str = "a password that nobody keeps";

/// What operators may see beside the filling.
const STATE: &str = "\
    users = [{ username = 'operator', operator_roles = ['admin'], password = { value = 'a password \
    that nobody keeps' } }]\nscopes = [{ scope = 'read', description = 'To read' }]\n[[clients]]\nclient_id = 'bench'\nscope = 'read'\n\
    secrets = [{ value = 'a secret that nobody keeps' }]\n";

const TYPES: &str = "\
    [[token_types]]\nname = 'Ticket'\n[[token_types.rules]]\ntype = 'Expiry'\nexpiry_time = '30d'\n\
    [[token_types]]\nname = 'Shared'\n[[token_types.rules]]\ntype = 'UseCount'\n\
    max_use_count = 2147483647\n";

/// What was found on an engine.
#[derive(Debug)]
pub struct Console {
    /// The engine.
    pub database: String,
    /// How many entries there were.
    pub rows: u64,
    /// How long filling took.
    pub filled: Duration,
    /// Each page.
    pub pages: Vec<Looked>,
}

/// A page that was looked at.
#[derive(Debug)]
pub struct Looked {
    /// Which.
    pub name: String,
    /// Median of what the server took of the CPU, in milliseconds.
    pub server: f64,
    /// Median of what the database took, in milliseconds: of PostgreSQL's own processes.
    pub database: f64,
    /// Median of the time until it was there, in milliseconds.
    pub wall: f64,
    /// Median of what was read of the file, in kilobytes: on SQLite.
    pub read: f64,
    /// The length of the page in bytes.
    pub bytes: usize,
    /// What PostgreSQL ran.
    pub ran: Vec<plans::Ran>,
}

/// How a page is asked for.
#[derive(Debug, Clone)]
enum Asked {
    Get(String),
    /// What the inspector is given.
    Inspect(String),
}

/// Fills a store and looks at every page.
pub async fn measure(engine: Engine, rows: u64) -> Result<Console> {
    let database = Database::create(engine).await?;
    std::fs::write(database.folder().join("config.toml"), TYPES)?;
    server::apply(&database, STATE)?;
    eprintln!("bench: {}: filling the store to {rows} rows", database.name);
    let filled = fill::fill(&database, Extent::of(rows)?).await?;
    let asked = pages(&database).await?;

    let mut link = Link::open(&database.url).await?;
    let log = database.log();
    if log.is_some() {
        plans::load(&mut link).await?;
    }
    let server = Server::start(&database, &[])?;
    let mut browser = signed_in(&server).await?;
    let form = browser.get("/admin/inspect").await?;
    let token = token(&server).await?;
    let mut found = Vec::new();
    let process = database.find_process().await?;
    for (name, asked) in asked.into_iter().chain([("inspect a token".to_owned(), token)]) {
        let from = log.as_deref().map(plans::end_of).transpose()?;
        let mut looked = match look(&mut browser, &form, &asked, (&server, process)).await {
            Ok(looked) => looked,
            Err(error) => {
                let error: String = error.to_string().chars().take(200).collect();
                eprintln!("bench: {name}: {error}");
                if let (Some(log), Some(from)) = (&log, from) {
                    eprintln!("bench: {name}: {}", plans::text_since(log, from)?);
                }
                browser = signed_in(&server).await?;
                continue;
            }
        };
        looked.name = name;
        if let Some(log) = &log {
            plans::tell(&mut link, true).await?;
            let from = plans::end_of(log)?;
            ask(&mut browser, &form, &asked).await?;
            plans::tell(&mut link, false).await?;
            looked.ran = plans::since(log, from)?;
        }
        eprintln!("bench: {}: {:.0} ms", looked.name, looked.wall);
        found.push(looked);
    }
    server.stop()?;
    link.close().await?;
    Ok(Console { database: database.name.clone(), rows, filled, pages: found })
}

/// Which pages there are, by their names in the report.
async fn pages(database: &Database) -> Result<Vec<(String, Asked)>> {
    let mut link = Link::open(&database.url).await?;
    let plain = key(&mut link, "SELECT MAX(entry_key) FROM tokens WHERE kind = 'typed'").await?;
    let middle = key(&mut link, "SELECT MAX(entry_key) FROM tokens WHERE kind = 'access'").await?;
    let member = match link.engine() {
        Engine::Sqlite => {
            "SELECT MAX(entry_key) FROM tokens WHERE authorization_id = \
             unhex('fa' || printf('%030x', 0))"
        }
        Engine::Postgres => {
            "SELECT MAX(entry_key) FROM tokens WHERE authorization_id = \
             CAST('fa' || lpad('0', 30, '0') AS UUID)"
        }
    };
    let member = key(&mut link, member).await?;
    link.close().await?;

    let query = |text: &str| text.replace("{family}", FAMILY).replace("{beginning}", &plain[..8]);
    let mut pages: Vec<(String, String)> = Vec::new();
    for range in ["1h", "24h", "7d", "30d"] {
        pages.push((format!("overview {range}"), format!("/admin?r={range}")));
    }
    for text in QUERIES.map(query) {
        pages.push((format!("tokens `{text}`"), format!("/admin/tokens?q={}", encoded(&text))));
    }
    for text in ["", "status:active", "client:client-large"] {
        for (end, name) in [("after", "a later page"), ("before", "back")] {
            let path = format!("/admin/tokens?q={}&{end}={middle}", encoded(text));
            pages.push((format!("tokens `{text}`, {name}"), path));
        }
    }
    for text in REVOKED.map(query) {
        let path = format!("/admin/tokens/revoke?everything=1&q={}", encoded(&text));
        pages.push((format!("revoke `{text}`: effect"), path));
    }
    pages.push(("entry".to_owned(), format!("/admin/tokens/{plain}")));
    pages.push(("entry of a large family".to_owned(), format!("/admin/tokens/{member}")));
    let others = OTHERS.map(|(name, path)| (name.to_owned(), format!("/admin{path}")));
    pages.extend(others);
    for text in EVENTS {
        pages.push((format!("audit `{text}`"), format!("/admin/audit?q={}", encoded(text))));
    }
    Ok(pages.into_iter().map(|(name, path)| (name, Asked::Get(path))).collect())
}

async fn key(link: &mut Link, sql: &'static str) -> Result<String> {
    let key = EntryKey::from_bytes(link.number(sql, &[]).await?.to_be_bytes());
    Ok(key.ok_or("no key")?.to_string())
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

async fn signed_in(server: &Server) -> Result<Browser> {
    let mut browser = Browser::open(server.address).await?;
    let page = browser.get("/admin/inspect").await?;
    browser.fill_in(&page, OPERATOR, PASSWORD).await?;
    Ok(browser)
}

/// A token that the server has just issued, to be inspected.
async fn token(server: &Server) -> Result<Asked> {
    use super::{
        scene::basic,
        wire::{Connection, post},
    };
    let client = basic("bench", "a secret that nobody keeps");
    let request = post("/token", &client, "grant_type=client_credentials");
    let mut connection = Connection::open(server.address).await?;
    let said: serde_json::Value = serde_json::from_slice(connection.exchange(&request).await?)?;
    Ok(Asked::Inspect(said["access_token"].as_str().ok_or("no token")?.to_owned()))
}

/// Asks for a page, which has to come. Returns its length.
async fn ask(browser: &mut Browser, form: &Page, asked: &Asked) -> Result<usize> {
    let answer = match asked {
        Asked::Get(path) => browser.get(path).await?.answer,
        Asked::Inspect(token) => browser.post(form, ("token", token)).await?,
    };
    if answer.status == 200 {
        return Ok(answer.body.len());
    }
    Err(format!("{asked:?} was answered with {}:\n{}", answer.status, answer.body).into())
}

/// Asks for a page some times.
async fn look(
    browser: &mut Browser,
    form: &Page,
    asked: &Asked,
    (server, process): (&Server, Option<u32>),
) -> Result<Looked> {
    let of_database = || process.map_or(Ok(Duration::ZERO), processes::exact_cpu_time_of_children);
    let (mut bytes, mut taken) = (0, Vec::new());
    for turn in 0..UNCOUNTED + TIMES {
        let before = (processes::exact_cpu_time(server.pid())?, of_database()?);
        let (read, began) = (processes::bytes_read(server.pid())?, Instant::now());
        bytes = ask(browser, form, asked).await?;
        let wall = began.elapsed();
        let after = (processes::exact_cpu_time(server.pid())?, of_database()?);
        let read = processes::bytes_read(server.pid())? - read;
        if turn >= UNCOUNTED {
            let spent = (after.0.saturating_sub(before.0), after.1.saturating_sub(before.1));
            taken.push((spent.0, spent.1, wall, read));
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "for people to read")]
    let read = median(taken.iter().map(|it| it.3 as f64 / 1e3));
    Ok(Looked {
        name: String::new(),
        server: median(taken.iter().map(|it| milliseconds(it.0))),
        database: median(taken.iter().map(|it| milliseconds(it.1))),
        wall: median(taken.iter().map(|it| milliseconds(it.2))),
        read,
        bytes,
        ran: Vec::new(),
    })
}
