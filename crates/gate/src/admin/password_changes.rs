//! Another password: one's own, for the old one; anybody else's, by an administrator. Sessions that were opened with
//! the old one end, but for the one that asks.

use super::passwords;
use super::people::find;
use super::roles::need;
use crate::api::{PasswordChange, Requester};
use crate::gate::Gate;
use crate::record::Line;
use model::{Kind, Problem, Role};
use store::Topic;

impl Gate {
    /// Sets another password for a person, by id or name.
    ///
    /// # Errors
    /// [`Kind::FreshProofRequired`] where the old password is needed and missing or wrong; [`Kind::Forbidden`] for
    /// somebody else's password without the role; [`Kind::InvalidArguments`] for one that is too short.
    pub async fn set_password(
        &self,
        who: &Requester,
        id_or_name: &str,
        change: PasswordChange,
    ) -> Result<(), Problem> {
        need(who, Role::Viewer)?;
        let wanted = id_or_name.to_owned();
        // Who may not change it does not learn who is there.
        let is_named =
            who.caller.id.as_str() == wanted || who.caller.name.to_lowercase() == wanted.to_lowercase();
        if !is_named {
            need(who, Role::Admin)?;
        }
        let person = self.commit(move |tx| find(tx, &wanted)).await?;
        let own = person.id == who.caller.id;
        if !own {
            need(who, Role::Admin)?;
        } else {
            let old = change.old_password.as_ref().ok_or_else(|| {
                Problem::new(Kind::FreshProofRequired, "changing your password takes the old one")
                    .hint("send it as old_password; an administrator can set another one for you")
            })?;
            self.prove(who, old).await?;
        }
        let hash = passwords::hash(change.password).await?;
        let (now, by, gate) = (self.now(), who.clone(), self.clone());
        self.commit(move |tx| {
            store::people::set_password(tx, &person.id, &hash)?;
            gate.forget_guesses(tx, &person)?;
            let kept = match by.session.as_deref().filter(|_| own) {
                Some(session) => store::sessions::by_id(tx, session)?,
                None => None,
            };
            let ended = match kept {
                Some(kept) => store::sessions::end_others(tx, &person.id, &kept.token_hash, now)?,
                None => store::sessions::end_all(tx, &person.id, now)?,
            };
            Line::new(None, "person.password_changed", now)
                .by(&by)
                .with("person", &person.id)
                .with("person_name", &person.name)
                .with("sessions_ended", ended)
                .append(tx)?;
            tx.announce(Topic::Person, &person.id, None);
            Ok(())
        })
        .await
    }
}
