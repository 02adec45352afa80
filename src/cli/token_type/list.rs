//! Every token type, by name.

use crate::{
    acts::types,
    app::App,
    cli::{
        console::Console,
        look::Tone,
        problem::{Exit, Outcome},
        table::{Cell, Table, column, optional},
    },
    model::{rules::Rule, token_type::TokenType},
};

use super::{object, source_word};

pub(super) async fn run(app: &App, console: &mut Console) -> Outcome {
    let columns = [column("TYPE"), column("SOURCE"), optional("VERSION", 2), optional("RULES", 1)];
    let mut table = Table::new(&columns);
    for known in types::list(app).await? {
        if console.json() {
            console.object(&object(&known));
        }
        table.row(row(&known));
    }
    console.table(&table);
    Ok(Exit::Yes)
}

fn row(known: &TokenType) -> [Cell; 4] {
    let rules: Vec<_> = known.definition.rules.iter().map(Rule::name).collect();
    let source = source_word(known.source);
    let source = match known.removed_at {
        Some(_) => Cell::toned(Tone::Warn, format!("{source}, removed")),
        None => Cell::from(source),
    };
    [
        Cell::from(known.name.as_str()),
        source,
        Cell::from(known.version.to_string()),
        Cell::from(rules.join(", ")),
    ]
}
