//! Links to a password that are sent by mail.

use tessera::{acts::links, config, tokens::typed::Link};

use super::{NEW, choose, ingrid, path, signs_in};
use crate::common::{
    Browser, Form, TestServer, on_each_engine, server::operator, smtp::MailServer,
};

on_each_engine!(
    whoever_forgot_their_password_is_sent_a_letter,
    nobody_can_tell_whose_account_there_is,
    letters_are_few,
    without_a_mail_server_nobody_is_promised_a_letter,
    an_invitation_is_sent_or_printed,
);

async fn with_mail(server: TestServer) -> (TestServer, MailServer) {
    let mail = MailServer::start().await;
    let text = format!("[mail]\nsmtp = '{}'\nfrom = 'Tessera <id@id.example>'", mail.url);
    let loaded = config::parse(Some(("config.toml", &text)), []).unwrap();
    let server = server.restarted(|config| config.mail = loaded.config.mail).await;
    (server, mail)
}

/// The path and query of the link in a letter.
fn link_in(letter: &str) -> String {
    // Long lines are folded by quoted-printable, where they are so.
    let text = letter.replace("=\r\n", "").replace("=3D", "=");
    let (_, rest) = text.split_once("https://id.example/password").unwrap();
    format!("/password{}", rest.split_whitespace().next().unwrap())
}

async fn whoever_forgot_their_password_is_sent_a_letter(server: TestServer) {
    let (server, mail) = with_mail(server).await;
    ingrid(&server).await;
    let mut browser = Browser::of(&server);
    let page = browser.get("/login").await.body;
    assert!(page.contains("href=\"/forgot\""), "{page}");
    let form = Form::of(&browser.get("/forgot").await).with("username", "INGRID");

    let answer = browser.submit(&form).await;

    assert_eq!(answer.status, 200, "{answer:?}");
    let letter = mail.letter().await;
    assert!(letter.contains("To: ingrid@fjordline.example\r\n"), "{letter}");
    assert!(letter.contains("From: Tessera <id@id.example>\r\n"), "{letter}");
    let link = link_in(&letter);
    assert_eq!(choose(&server, &link, NEW).await.status, 303, "{letter}");
    assert!(signs_in(&server, NEW).await);
}

async fn nobody_can_tell_whose_account_there_is(server: TestServer) {
    let (server, mail) = with_mail(server).await;
    ingrid(&server).await;
    server.people(&["{ username = 'jonas', password = { value = 'correct horse' } }"]).await;
    let mut browser = Browser::of(&server);
    let form = Form::of(&browser.get("/forgot").await);

    let mut bodies = Vec::new();
    for name in ["nobody", "jonas", "\u{202e}", "ingrid"] {
        let answer = browser.submit(&form.clone().with("username", name)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        bodies.push(answer.body);
    }

    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:#?}");
    mail.letter().await;
    assert_eq!(mail.count().await, 0);
}

async fn letters_are_few(server: TestServer) {
    let (server, mail) = with_mail(server).await;
    ingrid(&server).await;
    let mut browser = Browser::of(&server);
    let form = Form::of(&browser.get("/forgot").await).with("username", "ingrid");
    for _ in 0..10 {
        assert_eq!(browser.submit(&form).await.status, 200);
    }

    let answer = browser.submit(&form).await;

    assert_eq!(answer.status, 429, "{answer:?}");
    assert_eq!(answer.header("retry-after"), Some("60"));
    mail.letter().await;
    let made = "audit WHERE action = 'user.reset_link_made'";
    assert_eq!(server.database().count(made).await, 1);
}

async fn without_a_mail_server_nobody_is_promised_a_letter(server: TestServer) {
    ingrid(&server).await;
    let mut browser = Browser::of(&server);

    assert!(!browser.get("/login").await.body.contains("forgot"));
    assert_eq!(browser.get("/forgot").await.status, 404);
    let (by, user) = (operator(), server.person("ingrid").await);
    let made = links::make(&server.app, &by, (Link::Invitation, &user), false).await.unwrap();
    assert_eq!(made.sent_to, None);
}

async fn an_invitation_is_sent_or_printed(server: TestServer) {
    let (server, mail) = with_mail(server).await;
    server
        .people(&[
            "{ username = 'tomas', claims = { email = 'tomas@fjordline.example' } }",
            "{ username = 'jonas' }",
        ])
        .await;
    let make = async |name: &str, is_printed| {
        let user = server.person(name).await;
        links::make(&server.app, &operator(), (Link::Invitation, &user), is_printed).await.unwrap()
    };

    let sent = make("tomas", false).await;
    assert_eq!(sent.sent_to.as_deref(), Some("tomas@fjordline.example"));
    let link = link_in(&mail.letter().await);
    assert_eq!(link, path(&sent));
    assert_eq!(make("tomas", true).await.sent_to, None);
    assert_eq!(make("jonas", false).await.sent_to, None);
    let page = Browser::of(&server).get(&link).await.body;
    assert!(page.contains("Somebody made an account for you"), "{page}");
    assert_eq!(choose(&server, &link, NEW).await.status, 303);

    assert_eq!(mail.count().await, 0);
    assert_eq!(Browser::of(&server).sign_in("tomas", NEW).await, "/account/security");
}
