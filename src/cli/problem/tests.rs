use super::*;

fn code(error: acts::Error) -> u8 {
    Problem::from(error).exit.code()
}

#[test]
fn every_refusal_of_a_deed_has_its_exit_code() {
    let text = || "x".to_owned();

    assert_eq!(code(acts::Error::NotFound(text())), 1);
    assert_eq!(code(acts::Error::Conflict(text())), 1);
    assert_eq!(code(acts::Error::Invalid(text())), 2);
    assert_eq!(code(acts::Error::Busy), 3);
    assert_eq!(code(acts::Error::Store(store::Error::Owned("a".into()))), 3);
    let closed = std::io::Error::from(ErrorKind::PermissionDenied);
    assert_eq!(code(acts::Error::Store(store::Error::File("a".into(), closed))), 4);
    assert_eq!(code(acts::Error::Tokens(tokens::Error::NoFreeKey)), 3);
}

#[test]
fn a_problem_is_one_line_and_then_its_details() {
    let problem = Problem::new(Exit::Unreachable, "can't open the store")
        .tried("postgres://tessera:****@db-1:5432/tessera")
        .said("")
        .next("check the password");

    assert_eq!(
        problem.render(Look::PLAIN),
        "error: can't open the store\n  tried   postgres://tessera:****@db-1:5432/tessera\n  \
         next    check the password"
    );
    assert_eq!(problem.to_json()["exit_code"], 3);
    assert_eq!(problem.to_json()["next"], "check the password");
}

#[test]
fn what_others_wrote_commands_no_terminal() {
    let fault = Fault {
        key: "a\u{1b}[2J".to_owned(),
        from: String::new(),
        problem: "no\rsuch".to_owned(),
        remedy: String::new(),
    };
    let problem = Problem::new(Exit::Wrong, "no \u{1b}[31m\nred").said("\u{7}").faults(vec![fault]);

    let shown = problem.render(Look::PLAIN);

    assert!(shown.starts_with("error: no \u{fffd}[31m\nred\n"), "{shown}");
    assert!(!shown.contains(|c: char| c.is_control() && c != '\n'), "{shown:?}");
}

#[test]
fn faults_are_told_one_by_one() {
    let fault = Fault {
        key: "a.b".to_owned(),
        from: "config.toml, line 3".to_owned(),
        problem: "no such key".to_owned(),
        remedy: "remove it".to_owned(),
    };
    let problem = Problem::from(Faults(vec![fault.clone()]));

    assert_eq!(problem.render(Look::PLAIN), Faults(vec![fault]).to_string());
    assert_eq!(problem.to_json()["faults"][0]["key"], "a.b");
}
