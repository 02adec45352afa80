//! Token types. A row is never deleted: a type that is taken away and comes back counts on.

use crate::model::{
    rules::Rule,
    timestamp::Timestamp,
    token_type::{TokenType, TypeDefinition, TypeName, TypeSource},
};

use super::{Result, Transaction, change::Change, engine::Handle};

/// A token type as its row keeps it.
#[derive(sqlx::FromRow)]
struct Row {
    name: TypeName,
    #[sqlx(try_from = "String")]
    source: TypeSource,
    version: i64,
    definition: String,
    updated_at: Timestamp,
    removed_at: Option<Timestamp>,
}

impl From<Row> for TokenType {
    /// What cannot be read is a type whose rules never hold: no other type is to suffer from it.
    fn from(row: Row) -> Self {
        let Row { name, source, version, definition, updated_at, removed_at } = row;
        let definition = serde_json::from_str(&definition).unwrap_or_else(|_| TypeDefinition {
            rules: vec![Rule::Unknown],
            ..TypeDefinition::default()
        });
        Self { name, source, version, definition, updated_at, removed_at }
    }
}

impl Handle {
    /// Every token type, removed ones too, by name without case. There are few.
    pub async fn token_types(&mut self) -> Result<Vec<TokenType>> {
        let rows: Vec<Row> = self
            .query(
                "SELECT name, source, version, definition, updated_at, removed_at
                 FROM token_types",
            )
            .fetch_all()
            .await?;
        let mut types: Vec<TokenType> = rows.into_iter().map(TokenType::from).collect();
        // Here rather than in the statement: collations differ.
        types.sort_by_cached_key(|token_type| token_type.name.fold());
        Ok(types)
    }
}

impl Transaction {
    /// Adds a token type, unless its name is taken, perhaps by a removed one. Returns whether it
    /// did.
    pub async fn insert_token_type(&mut self, token_type: &TokenType) -> Result<bool> {
        self.changes(Change::TokenTypes);
        let rows = self
            .query(
                "INSERT INTO token_types
                     (name_fold, name, source, version, definition, updated_at, removed_at)
                 VALUES ($1, $2, $3, $4, $5, $6, NULL) ON CONFLICT (name_fold) DO NOTHING",
            )
            .bind(token_type.name.fold())
            .bind(token_type.name.as_str())
            .bind(token_type.source.as_str())
            .bind(token_type.version)
            .bind(token_type.definition.text())
            .bind(token_type.updated_at)
            .execute()
            .await?;
        Ok(rows == 1)
    }

    /// Makes a token type say something else, and brings it back if it was removed, unless somebody
    /// changed it since it was `seen`. Returns whether it did.
    ///
    /// Its version goes up by one if its definition says something else; that of `token_type` counts for
    /// nothing.
    pub async fn update_token_type(
        &mut self,
        token_type: &TokenType,
        seen: &TokenType,
    ) -> Result<bool> {
        self.changes(Change::TokenTypes);
        let raised = !token_type.definition.says_the_same_as(&seen.definition);
        let rows = self
            .query(
                "UPDATE token_types
                 SET name = $2, source = $3, version = version + $4, definition = $5,
                     updated_at = $6, removed_at = NULL
                 WHERE name_fold = $1 AND version = $7 AND updated_at = $8",
            )
            .bind(token_type.name.fold())
            .bind(token_type.name.as_str())
            .bind(token_type.source.as_str())
            .bind(i64::from(raised))
            .bind(token_type.definition.text())
            .bind(token_type.updated_at)
            .bind(seen.version)
            .bind(seen.updated_at)
            .execute()
            .await?;
        Ok(rows == 1)
    }

    /// Takes a token type away at `at`, unless it is away already or somebody changed it since it
    /// was `seen`: its tokens are invalid until it returns. Returns whether it did.
    pub async fn remove_token_type(&mut self, seen: &TokenType, at: Timestamp) -> Result<bool> {
        self.changes(Change::TokenTypes);
        let rows = self
            .query(
                "UPDATE token_types SET removed_at = $2, updated_at = $2
                 WHERE name_fold = $1 AND version = $3 AND updated_at = $4
                     AND removed_at IS NULL",
            )
            .bind(seen.name.fold())
            .bind(at)
            .bind(seen.version)
            .bind(seen.updated_at)
            .execute()
            .await?;
        Ok(rows == 1)
    }
}
