use super::*;

/// The problem with what stands between the password and the database.
fn refusal(hosts: &str, query: &str) -> (String, String) {
    let wrong = check(&format!("postgres://tessera:hunter2@{hosts}/d{query}")).unwrap_err();
    assert!(!format!("{wrong:?}").contains("hunter2"));
    (wrong.problem, wrong.remedy)
}

#[test]
fn several_hosts_are_taken_as_postgresql_writes_them() {
    for url in [
        "postgres://u:p@db-1:5432,db-2:5432/d",
        "postgres://u:p@db-1,db-2,db-3/d",
        "postgresql://u@db-1,db-2:5433/d?sslmode=verify-full&sslrootcert=/ca.pem",
        "postgres://u:p@[fd00::1]:5432,[fd00::2],10.0.0.3:5433/d",
        "postgres://u:a,b%2F@db-1,db-2",
        "postgres://u:p@db-1,db-2/d?target_session_attrs=read-write&application_name=x",
        "postgres://u:p@db-1,db-2/d?target_session_attrs=primary",
        "postgres://u:p@db/d?target_session_attrs=any",
        "postgres://u:p@db/d?target_session_attrs=read-write",
        "postgres://u@%2Frun%2Fpostgresql/d",
        "postgres:///d?host=/run/postgresql",
    ] {
        assert_eq!(check(url), Ok(()), "{url}");
    }
}

#[test]
fn each_of_several_hosts_must_be_one() {
    for (hosts, problem, remedy) in [
        ("db-1,", "has a comma without a host (number 2 of 2)", "write HOST:PORT,HOST:PORT"),
        ("db-1,,db-2", "has a comma without a host (number 2 of 3)", "write HOST:PORT,HOST:PORT"),
        (
            "db-1,%2Frun%2Fpostgresql",
            "has a unix socket among several hosts (number 2 of 2)",
            "a socket leads to one server: name it alone, or name hosts",
        ),
        (
            "fd00::1,db-2",
            "has an IPv6 address without brackets (number 1 of 2)",
            "write [ADDRESS]:PORT",
        ),
        (
            "db-1,db-2:54321x",
            "has a port that is no number from 1 to 65535 (number 2 of 2)",
            "write HOST:PORT,HOST:PORT",
        ),
        (
            "db-1:0,db-2",
            "has a port that is no number from 1 to 65535 (number 1 of 2)",
            "write HOST:PORT,HOST:PORT",
        ),
        (
            "db-1:65536,db-2",
            "has a port that is no number from 1 to 65535 (number 1 of 2)",
            "write HOST:PORT,HOST:PORT",
        ),
        ("db 1,db-2", "has a host that is none (number 1 of 2)", "write HOST:PORT,HOST:PORT"),
        ("[fd00::zz],db-2", "has a host that is none (number 1 of 2)", "write HOST:PORT,HOST:PORT"),
        ("db-1,DB-1:5432", "names the host DB-1:5432 twice", "name each host once"),
    ] {
        assert_eq!(refusal(hosts, ""), (problem.to_owned(), remedy.to_owned()), "{hosts}");
    }
    let many: Vec<String> = (0..=MOST_HOSTS).map(|number| format!("db-{number}")).collect();
    assert_eq!(
        refusal(&many.join(","), ""),
        ("names 17 hosts".to_owned(), "name at most 16".to_owned())
    );
}

#[test]
fn parameters_that_do_not_go_with_several_hosts_are_refused() {
    let beside = "write them before the path: postgres://USER@HOST:PORT,HOST:PORT/DATABASE";
    let usual = "leave out target_session_attrs, or use read-write";
    for (hosts, query, problem, remedy) in [
        (
            "db-1,db-2",
            "?host=db-3",
            "has several hosts, and a parameter \"host\" beside them",
            beside,
        ),
        (
            "db-1,db-2",
            "?port=5433",
            "has several hosts, and a parameter \"port\" beside them",
            beside,
        ),
        ("db-1", "?host=db-1,db-2", "has several hosts in a parameter \"host\"", beside),
        ("db-1", "?port=5432,5433", "has several hosts in a parameter \"port\"", beside),
        (
            "db-1,db-2",
            "?target_session_attrs=any",
            "takes any of several hosts, and so a standby (target_session_attrs=any)",
            usual,
        ),
        (
            "db-1",
            "?target_session_attrs=standby",
            "wants a server that takes no writes (target_session_attrs)",
            usual,
        ),
        (
            "db-1,db-2",
            "?target_session_attrs=prefer-standby",
            "wants a server that takes no writes (target_session_attrs)",
            usual,
        ),
        (
            "db-1,db-2",
            "?target_session_attrs=writable",
            "has an unknown target_session_attrs",
            usual,
        ),
        (
            "db-1",
            "?target_session_attrs=any&target_session_attrs=read-write",
            "has target_session_attrs more than once",
            usual,
        ),
    ] {
        let expected = (problem.to_owned(), remedy.to_owned());
        assert_eq!(refusal(hosts, query), expected, "{hosts}{query}");
    }
}

#[test]
fn a_password_that_ends_the_hosts_early_is_shown_nowhere() {
    for url in [
        "postgres://u:12,#hunter2@db-1,db-2/d",
        "postgres://u:12,3/hunter2@db-1,db-2/d",
        "postgres://u:12,3?hunter2@db-1,db-2/d",
        "postgres://u:hunter2,u:hunter2/d",
    ] {
        let wrong = check(url).unwrap_err();

        assert!(!format!("{wrong:?}").contains("hunter2"), "{url}: {wrong:?}");
        assert!(!masked(url).contains("hunter2"), "{url}");
    }
}

#[test]
fn all_hosts_are_shown_and_no_password() {
    for (url, shown) in [
        (
            "postgres://u:hunter2@db-1:5432,[::1]:5433,db-3/d?target_session_attrs=read-write",
            "postgres://u:****@db-1:5432,[::1]:5433,db-3/d?target_session_attrs=read-write",
        ),
        (
            "postgres://u:h,un@t%2Cer2@db-1,db-2/d?password=hunter2&options=-c%20x",
            "postgres://u:****@db-1,db-2/d?password=****&options=****",
        ),
        ("postgres://u@db-1,db-2/d", "postgres://u@db-1,db-2/d"),
    ] {
        assert_eq!(masked(url), shown);
    }
    assert!(has_password("postgres://u:p@db-1,db-2/d"));
    assert!(has_password("postgres://u@db-1,db-2/d?password=p"));
    assert!(!has_password("postgres://u@db-1,db-2/d"));
}
