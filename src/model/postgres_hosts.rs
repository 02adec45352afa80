//! A PostgreSQL address that may name several hosts, as libpq reads it.
//!
//! No URL has several hosts, so the address is taken apart by its text: what stands before the
//! hosts, the hosts, what stands after them. Nothing is decoded here.

/// The most hosts in one address: each is asked whenever one is looked for.
pub const MOST_HOSTS: usize = 16;

/// The port of a host that names none.
const USUAL_PORT: &str = "5432";

/// The parameter that says which kind of server is wanted.
const WANTED: &str = "target_session_attrs=";

/// An address around its hosts. It holds a password, and so shows nothing of itself.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresHosts<'u> {
    before: &'u str,
    hosts: Vec<&'u str>,
    after: &'u str,
}

impl<'u> PostgresHosts<'u> {
    /// Takes an address apart; `None` if it has no `//`.
    #[must_use]
    pub fn of(url: &'u str) -> Option<Self> {
        let authority = url.find("://")? + "://".len();
        let end = url[authority..].find(['/', '?', '#']).map_or(url.len(), |at| authority + at);
        // A password may hold any sign but those that end the authority.
        let start = url[authority..end].rfind('@').map_or(authority, |at| authority + at + 1);
        let hosts = url[start..end].split(',').collect();
        Some(Self { before: &url[..start], hosts, after: &url[end..] })
    }

    /// The hosts, with their ports, in their order: at least one, which may be empty.
    #[must_use]
    pub fn hosts(&self) -> &[&'u str] {
        &self.hosts
    }

    /// Whether it names more than one.
    #[must_use]
    pub fn are_several(&self) -> bool {
        self.hosts.len() > 1
    }

    /// What stands after the hosts: path, query and fragment.
    #[must_use]
    pub fn after(&self) -> &'u str {
        self.after
    }

    /// The address with its first host alone, and all else as it is.
    #[must_use]
    pub fn with_first_alone(&self) -> String {
        format!("{}{}{}", self.before, self.hosts[0], self.after)
    }

    /// The address of each host alone, in their order, without what chooses among them: that is no
    /// business of a single connection.
    pub fn each(&self) -> impl Iterator<Item = String> {
        let after = without_wanted(self.after);
        self.hosts.iter().map(move |host| format!("{}{host}{after}", self.before))
    }

    /// Which kind of server is wanted, as it was written, each time that something is said of it.
    pub fn wanted(&self) -> impl Iterator<Item = &'u str> {
        parameters(self.after).filter_map(|parameter| parameter.strip_prefix(WANTED))
    }

    /// Whether a server has to be looked for that takes writes, rather than taking whichever
    /// answers.
    #[must_use]
    pub fn are_chosen_from(&self) -> bool {
        self.are_several()
            || self.wanted().any(|wanted| ["read-write", "primary"].contains(&wanted))
    }

    /// A host that stands there twice, however its port and its capitals are written.
    #[must_use]
    pub fn twice(&self) -> Option<&'u str> {
        let full = |host: &str| match split_port(host) {
            (name, "") => format!("{}:{USUAL_PORT}", name.to_ascii_lowercase()),
            (name, port) => format!("{}:{port}", name.to_ascii_lowercase()),
        };
        let is_twice = |at: usize, host: &str| {
            self.hosts[..at].iter().any(|earlier| full(earlier) == full(host))
        };
        self.hosts.iter().enumerate().find(|(at, host)| is_twice(*at, host)).map(|(_, host)| *host)
    }

    /// The same list of hosts in another address that names one.
    #[must_use]
    pub fn spread_over(&self, single: &str) -> Option<String> {
        let single = PostgresHosts::of(single)?;
        Some(format!("{}{}{}", single.before, self.hosts.join(","), single.after))
    }
}

/// A host without its port, and its port. An IPv6 address stands in brackets, so that its colons
/// are told from that of the port.
#[must_use]
pub fn split_port(host: &str) -> (&str, &str) {
    let end = host.rfind(']').map_or(0, |at| at + 1);
    host[end..].find(':').map_or((host, ""), |at| (&host[..end + at], &host[end + at + 1..]))
}

fn parameters(after: &str) -> impl Iterator<Item = &str> {
    let after = after.split_once('#').map_or(after, |(before, _)| before);
    let query = after.split_once('?').map_or("", |(_, query)| query);
    query.split('&').filter(|parameter| !parameter.is_empty())
}

fn without_wanted(after: &str) -> String {
    let Some((path, _)) = after.split_once('?') else { return after.to_owned() };
    let left: Vec<_> = parameters(after).filter(|one| !one.starts_with(WANTED)).collect();
    let fragment = after.find('#').map_or("", |at| &after[at..]);
    let mark = if left.is_empty() { "" } else { "?" };
    format!("{path}{mark}{}{fragment}", left.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn each(url: &str) -> Vec<String> {
        PostgresHosts::of(url).unwrap().each().collect()
    }

    #[test]
    fn each_host_has_an_address_of_its_own_with_its_own_port() {
        assert_eq!(
            each("postgres://u:p@db-1:5432,db-2,[fd00::3]:5433/d?sslmode=verify-full"),
            [
                "postgres://u:p@db-1:5432/d?sslmode=verify-full",
                "postgres://u:p@db-2/d?sslmode=verify-full",
                "postgres://u:p@[fd00::3]:5433/d?sslmode=verify-full",
            ]
        );
    }

    #[test]
    fn an_address_of_one_host_stays_as_it_is() {
        for url in [
            "postgres://u:p@h:5432/d",
            "postgres://h",
            "postgres:///d?host=/run/postgresql",
            "postgres://u@%2Frun%2Fpostgresql/d",
            "postgres://u@[::1]:5433/d?application_name=a,b",
        ] {
            assert_eq!(each(url), [url]);
            assert!(!PostgresHosts::of(url).unwrap().are_several());
        }
        assert!(PostgresHosts::of("sqlite:data/tessera.db").is_none());
    }

    #[test]
    fn commas_and_at_signs_of_a_password_part_no_hosts() {
        assert_eq!(
            each("postgres://u:a,b@c@h1,h2/d"),
            ["postgres://u:a,b@c@h1/d", "postgres://u:a,b@c@h2/d"]
        );
        assert_eq!(each("postgres://u,v:a%2Cb@h1/d"), ["postgres://u,v:a%2Cb@h1/d"]);
    }

    #[test]
    fn what_chooses_among_hosts_is_no_part_of_the_address_of_one() {
        for (query, left) in [
            ("?target_session_attrs=read-write", ""),
            ("?target_session_attrs=read-write&sslmode=require", "?sslmode=require"),
            ("?sslmode=require&target_session_attrs=any&user=u", "?sslmode=require&user=u"),
        ] {
            let url = format!("postgres://h1,h2/d{query}");

            assert_eq!(
                each(&url),
                [format!("postgres://h1/d{left}"), format!("postgres://h2/d{left}")]
            );
        }
    }

    #[test]
    fn one_that_takes_writes_is_looked_for_among_several_or_where_it_is_asked_for() {
        for (url, is_chosen) in [
            ("postgres://h/d", false),
            ("postgres://h/d?target_session_attrs=any", false),
            ("postgres://h/d?target_session_attrs=read-write", true),
            ("postgres://h/d?sslmode=require&target_session_attrs=primary", true),
            ("postgres://h1,h2/d", true),
        ] {
            assert_eq!(PostgresHosts::of(url).unwrap().are_chosen_from(), is_chosen, "{url}");
        }
    }

    #[test]
    fn a_host_is_the_same_however_its_port_is_written() {
        for (hosts, twice) in [
            ("db-1,db-2", None),
            ("db-1:5432,db-1:5433", None),
            ("db-1,DB-1:5432", Some("DB-1:5432")),
            ("[::1]:5432,db,[::1]", Some("[::1]")),
            ("[::1],[::2]", None),
        ] {
            let url = format!("postgres://{hosts}/d");

            assert_eq!(PostgresHosts::of(&url).unwrap().twice(), twice, "{hosts}");
        }
    }

    #[test]
    fn the_hosts_of_one_address_stand_in_another() {
        let hosts = PostgresHosts::of("postgres://u:p@h1:1,h2/d").unwrap();

        assert_eq!(
            hosts.spread_over("postgres://u:****@h1:1/d?x=****").as_deref(),
            Some("postgres://u:****@h1:1,h2/d?x=****")
        );
    }
}
