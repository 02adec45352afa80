//! What is declared, and was deleted since.

use crate::model::user::UserStatus;

use super::{
    declaration::{Declaration, DeclaredClient, DeclaredServer, DeclaredUser},
    state::State,
};

impl Declaration {
    /// Leaves out clients and users that somebody deleted, and says so: a secret that leaked must
    /// not work again because a server starts.
    pub(super) fn leave_deleted(&mut self, seen: &State) {
        let Self { clients, resource_servers, users, notes, .. } = self;
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
