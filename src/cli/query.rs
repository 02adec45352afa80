//! Queries as people type them.

use crate::{
    config::Fault,
    model::query::{QueryFault, QueryFaults, TokenQuery},
};

use super::problem::{Exit, Problem};

/// Reads a query of tokens.
///
/// # Errors
///
/// Everything that is wrong with it, each with its place and what to do about it.
pub(super) fn parse(text: &str) -> Result<TokenQuery, Problem> {
    TokenQuery::parse(text).map_err(problem)
}

/// What is wrong with a query, as a problem.
pub(super) fn problem(QueryFaults(faults): QueryFaults) -> Problem {
    let what = match faults.len() {
        1 => "1 thing is wrong in the query".to_owned(),
        count => format!("{count} things are wrong in the query"),
    };
    let told = |fault: QueryFault| Fault {
        key: fault.what,
        from: format!("character {}", fault.position),
        problem: fault.problem,
        remedy: fault.remedy,
    };
    Problem::new(Exit::Wrong, what).faults(faults.into_iter().map(told).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_told_with_its_place_and_remedy() {
        let problem = parse("statsu:x uses:y").unwrap_err();

        let told = problem.to_json();
        assert_eq!(told["exit_code"], 2);
        assert_eq!(told["faults"][0]["next"], "write status:");
        assert_eq!(told["faults"][1]["from"], "character 15");
    }
}
