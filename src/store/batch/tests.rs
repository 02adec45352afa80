use std::sync::LazyLock;

use super::*;

static WORDS: LazyLock<BatchSql> = LazyLock::new(|| {
    let columns = &[("number", Type::Integer), ("word", Type::Text)];
    BatchSql::new(columns, "INSERT INTO words SELECT number, word FROM given RETURNING number")
});

fn batch_of(rows: i64) -> Batch {
    let mut batch = Batch::new(&WORDS);
    for row in 0..rows {
        batch.bind(row).bind("word");
    }
    batch
}

#[test]
fn arrays_hold_a_column_each() {
    let (sql, arguments) = batch_of(3).into_arrays();

    assert_eq!(
        sql,
        "WITH given (number, word) AS (SELECT * FROM unnest($1::bigint[], $2::text[])) \
         INSERT INTO words SELECT number, word FROM given RETURNING number"
    );
    assert_eq!(arguments.len(), 2);
}

#[test]
fn values_hold_a_row_each() {
    let statements = batch_of(2).into_values();

    let [(sql, arguments)] = statements.as_slice() else { panic!("one statement") };
    assert_eq!(
        *sql,
        "WITH given (number, word) AS (VALUES (?, ?), (?, ?)) \
         INSERT INTO words SELECT number, word FROM given RETURNING number"
    );
    assert_eq!(arguments.len(), 4);
}

#[test]
fn what_is_looked_up_is_joined_as_each_engine_keeps_to_its_index() {
    static LOOK: LazyLock<BatchSql> = LazyLock::new(|| {
        let body = "SELECT 1 FROM given {each a x: x.n = given.n} {any b y: y.m = x.m} WHERE x.k";
        BatchSql::new(&[("n", Type::Integer)], body)
    });
    let batch = || {
        let mut batch = Batch::new(&LOOK);
        batch.bind(7_i64);
        batch
    };

    assert_eq!(
        batch().into_arrays().0,
        "WITH given (n) AS (SELECT * FROM unnest($1::bigint[])) SELECT 1 FROM given \
         CROSS JOIN LATERAL (SELECT * FROM a x WHERE x.n = given.n OFFSET 0) x \
         LEFT JOIN LATERAL (SELECT * FROM b y WHERE y.m = x.m OFFSET 0) y ON TRUE WHERE x.k"
    );
    assert_eq!(
        batch().into_values()[0].0,
        "WITH given (n) AS (VALUES (?)) SELECT 1 FROM given \
         CROSS JOIN a x ON x.n = given.n LEFT JOIN b y ON y.m = x.m WHERE x.k"
    );
}

#[test]
fn an_odd_number_of_rows_is_cut_into_powers_of_two() {
    let rows_of = |rows| -> Vec<usize> {
        let statements = batch_of(rows).into_values();
        statements.iter().map(|(sql, _)| sql.matches("(?").count()).collect()
    };

    assert_eq!(rows_of(0), [0; 0]);
    assert_eq!(rows_of(1), [1]);
    assert_eq!(rows_of(7), [4, 2, 1]);
    assert_eq!(rows_of(64), [64]);
    assert_eq!(rows_of(203), [64, 64, 64, 8, 2, 1]);
}

#[test]
fn a_batch_is_single_exactly_if_it_makes_one_statement() {
    for rows in 1..200 {
        let is_single = batch_of(rows).is_single();

        assert_eq!(is_single, batch_of(rows).into_values().len() == 1, "{rows}");
    }
}

#[test]
#[should_panic(expected = "column of its own type")]
fn a_value_of_another_type_is_a_fault_of_ours() {
    Batch::new(&WORDS).bind("first").bind("word");
}
