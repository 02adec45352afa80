//! The address of the database.

use std::{fmt, path::PathBuf};

use super::{fault::Wrong, postgres_url};

/// Where the database is. Its `Debug` masks the password.
#[derive(Clone, PartialEq, Eq)]
pub enum StoreUrl {
    /// An SQLite file. A relative path counts from the working directory.
    Sqlite(PathBuf),
    /// PostgreSQL: the whole URL as it was given, password and several hosts included.
    Postgres(String),
}

impl StoreUrl {
    /// The address as it may be shown, with `****` for each password.
    #[must_use]
    pub fn masked(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite:{}", path.display()),
            Self::Postgres(url) => postgres_url::masked(url),
        }
    }

    /// Whether a password stands in it.
    #[must_use]
    pub fn has_password(&self) -> bool {
        let Self::Postgres(url) = self else { return false };
        postgres_url::has_password(url)
    }

    pub(super) fn parse(text: &str) -> Result<Self, Wrong> {
        match text.split_once(':').unwrap_or(("", text)) {
            ("sqlite", path) => parse_sqlite(path),
            ("postgres" | "postgresql", _) => {
                postgres_url::check(text).map(|()| Self::Postgres(text.to_owned()))
            }
            (scheme @ ("mysql" | "mariadb" | "mongodb" | "mongodb+srv"), _) => Err(Wrong::new(
                format!("names a database we don't support, {scheme}"),
                "use SQLite (sqlite:PATH) or PostgreSQL (postgres://…)",
            )),
            _ => Err(Wrong::new(
                "names no database we know",
                "write sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE",
            )),
        }
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

fn parse_sqlite(path: &str) -> Result<StoreUrl, Wrong> {
    let remedy = "write sqlite:PATH, such as sqlite:data/tessera.db or sqlite:/var/lib/tessera.db";
    let problem = match path {
        "" => "names no file",
        // Every connection would open a database of its own.
        ":memory:" => "is a database in memory, which two connections can't share",
        _ if path.starts_with("file:") => "has two schemes; leave out file:",
        _ if path.contains('?') => "has a query, and SQLite takes no settings here",
        // Others take what follows for a host or a path; here it would be the root folder.
        _ if path.starts_with("//") => "has slashes after sqlite: that are no part of a path",
        _ => return Ok(StoreUrl::Sqlite(PathBuf::from(path))),
    };
    Err(Wrong::new(problem, remedy))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> String {
        StoreUrl::parse(text).unwrap().masked()
    }

    #[test]
    fn a_sqlite_path_is_kept_as_it_is() {
        for path in ["data/tessera.db", "/var/lib/tessera/tessera.db", "a b:c.db"] {
            assert_eq!(
                StoreUrl::parse(&format!("sqlite:{path}")).unwrap(),
                StoreUrl::Sqlite(PathBuf::from(path))
            );
        }
    }

    #[test]
    fn both_spellings_of_postgres_are_kept_as_they_are() {
        for text in ["postgres://u:p@h:5432/d", "postgresql://u@h/d", "postgres:///d?host=/run"] {
            assert_eq!(StoreUrl::parse(text).unwrap(), StoreUrl::Postgres(text.to_owned()));
        }
    }

    #[test]
    fn passwords_are_masked_wherever_they_stand() {
        let url = "postgres://u:hunter2@h:5432/d?sslmode=require&password=hunter2&sslkey=hunter2";

        assert_eq!(
            masked(url),
            "postgres://u:****@h:5432/d?sslmode=require&password=****&sslkey=****"
        );
        assert!(!format!("{:?}", StoreUrl::parse(url).unwrap()).contains("hunter2"));
        assert_eq!(masked("postgres://u:hun@ter2@h/d"), "postgres://u:****@h/d");
        assert_eq!(masked("postgres://u@h/d"), "postgres://u@h/d");
        assert_eq!(masked("sqlite:data/tessera.db"), "sqlite:data/tessera.db");
    }

    #[test]
    fn every_refusal_says_why_and_repeats_no_password() {
        for (text, problem) in [
            ("", "names no database we know"),
            ("hunter2://h", "names no database we know"),
            ("mysql://u:hunter2@h/d", "names a database we don't support, mysql"),
            ("mongodb://h", "names a database we don't support, mongodb"),
            ("sqlite:", "names no file"),
            ("sqlite::memory:", "is a database in memory, which two connections can't share"),
            ("sqlite:a.db?mode=ro", "has a query, and SQLite takes no settings here"),
            ("sqlite:///a.db", "has slashes after sqlite: that are no part of a path"),
            ("postgres:hunter2", "has no // after its scheme"),
            ("postgres://u:hunter#2@h/d", "is no URL"),
            ("postgres://u:12#hunter2@h/d", "has a # or an @ where none may stand"),
            ("postgres://u:12/hunter2@h/d", "has a # or an @ where none may stand"),
            ("postgres://u:12?hunter2@h/d", "has a # or an @ where none may stand"),
        ] {
            let wrong = StoreUrl::parse(text).unwrap_err();

            assert_eq!(wrong.problem, problem, "{text}");
            assert!(!wrong.remedy.contains("hunter2"));
        }
    }

    #[test]
    fn parameters_that_the_driver_would_ignore_are_refused_without_their_values() {
        for (text, part) in [
            ("postgres://u@h/d?passwrd=hunter2", "a parameter \"passwrd\""),
            ("postgres://u@h/d?sslmode=hunter2", "an unknown sslmode"),
        ] {
            let wrong = StoreUrl::parse(text).unwrap_err();

            assert!(wrong.problem.contains(part), "{}", wrong.problem);
            assert!(!format!("{} {}", wrong.problem, wrong.remedy).contains("hunter2"));
        }
        assert!(
            StoreUrl::parse("postgres://u@h/d?sslmode=verify-full&sslrootcert=/ca.pem").is_ok()
        );
    }
}
