//! What is declared, and was deleted since.

use crate::model::{token_type::TypeSource, user::UserStatus};

use super::{
    declaration::{Declaration, DeclaredClient, DeclaredServer, DeclaredTokenType, DeclaredUser},
    state::State,
};

impl Declaration {
    /// Leaves out token types, clients and users that somebody deleted, and says so: a secret that
    /// leaked must not work again because a server starts.
    pub(super) fn leave_deleted(&mut self, seen: &State) {
        let Self { token_types, clients, resource_servers, users, notes, .. } = self;
        token_types.retain(|DeclaredTokenType { place, token_type, .. }| {
            let known = seen.token_type(&token_type.name.fold());
            let is_removed = known.is_some_and(|known| {
                known.source == TypeSource::Store && known.removed_at.is_some()
            });
            if is_removed {
                notes.push(format!(
                    "The token type {} was removed, and is not brought back. tessera apply {} \
                     does that, and its tokens work again; or remove it from the file.",
                    token_type.name,
                    place.file()
                ));
            }
            !is_removed
        });
        clients.retain(|DeclaredClient { client, place, .. }| {
            let is_deleted = seen.deleted.contains(client.client_id.as_str());
            if is_deleted {
                notes.push(format!(
                    "The client {} was deleted, and is not brought back. tessera apply {} does \
                     that, and its old secrets work again; or remove it from the file.",
                    client.client_id,
                    place.file()
                ));
            }
            !is_deleted
        });
        for DeclaredServer { server, .. } in resource_servers {
            let left = server.introspectors.iter().filter(|name| !seen.deleted.contains(*name));
            server.introspectors = left.map(str::to_owned).collect();
        }
        users.retain(|DeclaredUser { user, place, .. }| {
            let known = seen.user(&user.realm, &user.username_fold);
            let is_deleted = known.is_some_and(|known| known.status == UserStatus::Deleted);
            if is_deleted {
                notes.push(format!(
                    "The user {} was deleted, and a name is never given twice. Remove them from \
                     {}.",
                    user.address(),
                    place.file()
                ));
            }
            !is_deleted
        });
    }
}
