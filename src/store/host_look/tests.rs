use std::{future, pin::Pin};

use tokio::sync::oneshot;

use super::*;

type Asking = Pin<Box<dyn Future<Output = Standing> + Send>>;

const fn at(host: usize, timeline: u32) -> Choice {
    Choice { host, timeline }
}

fn writable(timeline: u32) -> Standing {
    Standing::Writable { timeline }
}

fn silent() -> Standing {
    Standing::Silent("connection refused".to_owned())
}

/// What all of them said.
fn seen<const HOSTS: usize>(standings: [Standing; HOSTS]) -> Seen {
    Seen(standings.into_iter().map(Some).collect())
}

#[test]
fn the_first_that_takes_writes_is_chosen() {
    for (seen, chosen) in [
        (seen([writable(1), writable(1)]), Some(at(0, 1))),
        (seen([Standing::Standby, writable(1)]), Some(at(1, 1))),
        (seen([Standing::ReadOnly, silent(), writable(1)]), Some(at(2, 1))),
        (Seen(vec![None, Some(writable(0))]), Some(at(1, 0))),
        (Seen(vec![Some(Standing::Standby), Some(silent()), None]), None),
    ] {
        assert_eq!(seen.choose(None), chosen);
    }
}

#[test]
fn of_several_that_take_writes_the_one_promoted_last_is_chosen() {
    assert_eq!(seen([writable(1), writable(3), writable(2)]).choose(None), Some(at(1, 3)));
    assert_eq!(seen([writable(1), writable(2)]).choose(Some(at(0, 1))), Some(at(1, 2)));
}

#[test]
fn the_host_in_use_stays_unless_another_is_ahead() {
    assert_eq!(seen([writable(1), writable(1)]).choose(Some(at(1, 1))), Some(at(1, 1)));
    assert_eq!(seen([writable(0), writable(0)]).choose(Some(at(1, 0))), Some(at(1, 0)));
}

#[test]
fn a_primary_of_old_that_came_back_is_not_chosen() {
    let seen = seen([writable(1), silent()]);
    let known = Some(at(1, 2));

    assert_eq!(seen.choose(known), None);
    assert_eq!(seen.behind(known).collect::<Vec<_>>(), [at(0, 1)]);
    assert_eq!(seen.choose(None), Some(at(0, 1)), "whoever has just started cannot know");
}

#[test]
fn a_server_that_does_not_tell_its_timeline_is_taken() {
    let seen = seen([writable(0), Standing::Standby]);

    assert_eq!(seen.choose(Some(at(1, 7))), Some(at(0, 0)));
    assert_eq!(seen.behind(Some(at(1, 7))).count(), 0);
}

#[test]
fn a_server_that_is_there_and_lets_us_not_in_is_told_from_none() {
    let io = |kind: ErrorKind| sqlx::Error::Io(kind.into());

    assert!(is_refusal(&io(ErrorKind::InvalidData)), "a certificate");
    assert!(is_refusal(&sqlx::Error::Tls("server does not support TLS".into())));
    for gone in [ErrorKind::ConnectionRefused, ErrorKind::UnexpectedEof, ErrorKind::NotFound] {
        assert!(!is_refusal(&io(gone)), "{gone}");
    }
}

#[test]
fn what_was_seen_is_told_host_by_host() {
    let hosts: Vec<Host> = ["postgres://u:hunter2@db-1/d", "postgres://u:hunter2@[::1]:5433/d"]
        .iter()
        .map(|url| Host::of(url).unwrap())
        .collect();

    assert_eq!(
        seen([Standing::Standby, silent()]).tell(&hosts, None),
        "db-1:5432 is a standby, [::1]:5433 does not answer: connection refused"
    );
    let refused = Standing::Refusing("role \"u\" does not exist".to_owned());
    for (seen, says, is_refused) in [
        (
            seen([Standing::Standby, refused]),
            "db-1:5432 is a standby, [::1]:5433 refuses us: role \"u\" does not exist",
            true,
        ),
        (
            seen([silent(), Standing::Standby]),
            "db-1:5432 does not answer: connection refused, [::1]:5433 is a standby",
            false,
        ),
    ] {
        let lack = seen.lack(&hosts, None);
        assert_eq!((&*lack.says, lack.is_refused), (says, is_refused));
    }
    assert_eq!(
        Seen(vec![Some(writable(1)), None]).tell(&hosts, Some(at(1, 2))),
        "db-1:5432 takes writes, but on timeline 1, before 2, [::1]:5433 does not answer"
    );
}

#[test]
fn an_ipv6_address_is_connected_to_without_its_brackets() {
    let host = Host::of("postgres://u@[fd00::3]:5433/d").unwrap();

    assert_eq!((host.options.get_host(), host.name.as_str()), ("fd00::3", "[fd00::3]:5433"));
}

#[test]
fn a_socket_is_named_by_its_file() {
    let host = Host::of("postgres:///d?host=/run/postgresql").unwrap();

    assert_eq!(host.name, "/run/postgresql/.s.PGSQL.5432");
}

#[tokio::test]
async fn the_others_are_waited_for_a_while_since_one_may_be_ahead() {
    let asking: [Asking; 3] = [
        Box::pin(future::pending()),
        Box::pin(future::ready(Standing::Writable { timeline: 1 })),
        Box::pin(async {
            tokio::task::yield_now().await;
            Standing::Writable { timeline: 2 }
        }),
    ];

    let seen = gather(asking.into_iter(), None).await;

    assert_eq!(seen.choose(None), Some(at(2, 2)));
}

#[tokio::test]
async fn one_that_is_ahead_of_the_host_in_use_is_taken_at_once() {
    let asking: [Asking; 2] =
        [Box::pin(future::pending()), Box::pin(future::ready(Standing::Writable { timeline: 2 }))];

    let seen = gather(asking.into_iter(), Some(at(0, 1))).await;

    assert_eq!(seen.choose(Some(at(0, 1))), Some(at(1, 2)));
}

#[tokio::test]
async fn all_are_waited_for_while_none_takes_writes() {
    let (tell, told) = oneshot::channel();
    let asking: [Asking; 3] = [
        Box::pin(future::ready(Standing::Standby)),
        Box::pin(future::ready(Standing::Writable { timeline: 1 })),
        Box::pin(async { told.await.unwrap() }),
    ];
    let looking = tokio::spawn(gather(asking.into_iter(), Some(at(2, 2))));

    tell.send(Standing::Writable { timeline: 3 }).unwrap();

    assert_eq!(looking.await.unwrap().choose(Some(at(2, 2))), Some(at(2, 3)));
}
