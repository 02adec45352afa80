//! A real nginx before an application, configured as docs/forward-auth.md says.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
};

use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;
use tessera::tokens::jwt::verify;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::common::{
    Engine, TestDatabase,
    http::{HttpConnection, WholeAnswer},
    people::{JWT_SECRET, basic},
    process::{Process, Program},
    until::until,
};

const DOCUMENT: &str = include_str!("../../../docs/forward-auth.md");

const PEOPLE: &str = r#"
[[users]]
username = "Jürgen"
realm = "internal"
password = { value = "correct horse" }
roles = ["reader"]
"#;

#[tokio::test]
async fn nginx_lets_in_whom_tessera_knows_on_sqlite() {
    nginx_lets_in_whom_tessera_knows(Engine::Sqlite).await;
}

#[tokio::test]
async fn nginx_lets_in_whom_tessera_knows_on_postgres() {
    nginx_lets_in_whom_tessera_knows(Engine::Postgres).await;
}

async fn nginx_lets_in_whom_tessera_knows(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let (tessera, _program) = serve(&database).await;
    let application = application().await;
    let nginx = Nginx::start(&database.folder, tessera.address(), application).await;
    let forged = "x-auth-username: root\r\nx-auth-roles: admin\r\n";

    let nobody = nginx.ask("GET", forged, "").await;
    assert_eq!(nobody.status, 401, "{nobody:?}");
    let head = nobody.head.to_ascii_lowercase();
    assert!(head.contains("www-authenticate: basic realm=\"default\""), "{nobody:?}");

    let right = format!(
        "authorization: {}\r\nx-auth-realm: Internal\r\n{forged}",
        basic("jürgen", "correct horse")
    );
    let seen = nginx.ask("POST", &right, "a=1").await;
    assert_eq!(seen.status, 200, "{seen:?}");
    let header = |name: &str| {
        let mut lines = seen.body.lines().filter_map(|line| line.split_once(": "));
        let values: Vec<_> = lines
            .by_ref()
            .filter(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.to_owned())
            .collect();
        assert_eq!(values.len(), 1, "{name}: {seen:?}");
        values[0].clone()
    };
    assert_eq!(header("x-auth-username"), "J%C3%BCrgen");
    assert_eq!(header("x-auth-realm"), "internal");
    assert_eq!(header("x-auth-roles"), "reader");
    assert!(seen.body.ends_with("a=1"), "{seen:?}");
    let jwt = header("authorization");
    let jwt = jwt.strip_prefix("Bearer ").unwrap();
    let key = DecodingKey::from_secret(JWT_SECRET.as_bytes());
    let claims: Value = verify(jwt, &key, Algorithm::HS256).unwrap();
    assert_eq!(
        (&claims["sub"], &claims["iss"]),
        (&"internal-Jürgen".into(), &"auth.example".into())
    );

    for wrong in [basic("jürgen", "wrong"), "Bearer x".to_owned(), format!("Bearer {jwt}x")] {
        let refused = nginx.ask("GET", &format!("authorization: {wrong}\r\n"), "").await;
        assert_eq!(refused.status, 401, "{refused:?}");
        assert!(!refused.body.contains("GET "), "it never came to the application");
    }
    let log = tessera.log();
    assert!(!log.contains("correct horse") && !log.contains(jwt), "neither is logged");
    drop((nginx, tessera));
    database.remove().await;
}

async fn serve(database: &TestDatabase) -> (Process, Program) {
    let people = database.folder.join("people.toml");
    fs::write(&people, PEOPLE).unwrap();
    let settings = database.folder.join("config.toml");
    fs::write(&settings, "declare = ['people.toml']\n").unwrap();
    let program = Program::on(database)
        .set("TESSERA_CONFIG", settings.to_str().unwrap())
        .set("TESSERA_SERVER__TRUSTED_PROXIES", "127.0.0.1")
        .set("TESSERA_JWT__ISS", "auth.example")
        .set("TESSERA_JWT__EXP", "60")
        .set("TESSERA_JWT__ALG", "HS256")
        .set("TESSERA_JWT__SECRET", JWT_SECRET)
        .set("TESSERA_FORWARD_AUTH__HEADERS", "true");
    (program.serve().await, program)
}

/// An application that answers with what it was asked.
async fn application() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((caller, _)) = listener.accept().await {
            tokio::spawn(echo(caller));
        }
    });
    address
}

async fn echo(mut caller: TcpStream) {
    let mut asked = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&asked).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let lower = head.to_ascii_lowercase();
            let length = lower.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length = length.map_or(0, |length| length.trim().parse().unwrap());
            if body.len() >= length {
                break;
            }
        }
        match caller.read(&mut buffer).await {
            Ok(count) if count > 0 => asked.extend_from_slice(&buffer[..count]),
            _ => return,
        }
    }
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", asked.len());
    let _ = caller.write_all(&[head.as_bytes(), &asked].concat()).await;
}

/// A running nginx. Killed when it is dropped.
struct Nginx {
    child: Child,
    address: SocketAddr,
}

impl Nginx {
    async fn start(folder: &Path, tessera: SocketAddr, application: SocketAddr) -> Self {
        // Free at this moment; nobody else is given it at once.
        let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let configuration = folder.join("nginx.conf");
        fs::write(&configuration, configured(folder, (address, tessera, application))).unwrap();
        let child = Command::new(program())
            .arg("-p")
            .arg(folder)
            .arg("-c")
            .arg(&configuration)
            .args(["-e", "nginx-error.log"])
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let mut nginx = Self { child, address };
        until("nginx listens", async || {
            assert!(nginx.child.try_wait().unwrap().is_none(), "{:?}", log(folder));
            TcpStream::connect(address).await.is_ok()
        })
        .await;
        nginx
    }

    async fn ask(&self, method: &str, headers: &str, body: &str) -> WholeAnswer {
        let length = body.len();
        let request = format!(
            "{method} /page HTTP/1.1\r\nhost: app.example\r\ncontent-length: {length}\r\n\
             {headers}\r\n{body}"
        );
        HttpConnection::to(self.address).await.unwrap().ask(&request).await.unwrap()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where nginx is. A machine without it fails here: this test is never passed over in silence.
fn program() -> &'static str {
    let places = ["/usr/sbin/nginx", "/usr/local/bin/nginx", "/opt/homebrew/bin/nginx"];
    let found = places.into_iter().find(|place| Path::new(place).exists());
    found
        .expect("nginx is needed; scripts/test installs it on Debian (brew install nginx on macOS)")
}

fn log(folder: &Path) -> String {
    fs::read_to_string(folder.join("nginx-error.log")).unwrap_or_default()
}

/// What the document says, for these addresses.
fn configured(
    folder: &Path,
    (address, tessera, application): (SocketAddr, SocketAddr, SocketAddr),
) -> String {
    let (_, rest) = DOCUMENT.split_once("```nginx\n").unwrap();
    let (server, _) = rest.split_once("```").unwrap();
    let mut server = server.to_owned();
    for (said, here) in [
        ("listen 443 ssl;", format!("listen {address};")),
        ("https://id.example", format!("http://{tessera}")),
        ("http://app.internal:8000", format!("http://{application}")),
    ] {
        assert_eq!(server.matches(said).count(), 1, "{said}");
        server = server.replace(said, &here);
    }
    let folder = folder.display();
    let places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {folder}/nginx-{kind};"))
        .join("\n");
    format!(
        "daemon off;\nmaster_process off;\npid {folder}/nginx.pid;\n\
         error_log {folder}/nginx-error.log;\nevents {{}}\n\
         http {{\naccess_log off;\n{places}\n{server}}}\n"
    )
}
