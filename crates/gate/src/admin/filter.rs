//! What a list is narrowed to, in the words of whoever looks: names are taken as well as ids, and a key never sees
//! beyond its own.

use super::input::invalid;
use crate::api::Requester;
use crate::gate::Gate;
use model::{CallerId, Problem, Timestamp, time};

/// The canonical name of a tool that may be given by its alias.
pub(crate) fn canonical_name(given: String) -> String {
    catalog::find(&given).map_or(given, |entry| entry.record.name.to_owned())
}

/// The first moment after the last one wanted: what the store takes as the end of a span.
pub(crate) fn just_after(last: Timestamp) -> Timestamp {
    time::from_millis(time::to_millis(last).saturating_add(1))
}

impl Gate {
    /// The id of a connection; one that was removed is still on the record under its id.
    pub(crate) fn connection_on_record(&self, given: String) -> String {
        self.inner.registry.named(&given).map_or(given, |live| live.connection.id.to_string())
    }

    /// Which caller a list is narrowed to: people choose, or see everybody's; a key sees its own.
    pub(crate) async fn caller_to_show(
        &self,
        who: &Requester,
        wanted: Option<String>,
    ) -> Result<Option<CallerId>, Problem> {
        match wanted {
            _ if !who.caller.is_person() => Ok(Some(who.caller.id.clone())),
            Some(name) => self.caller_id(name).await.map(|id| Some(CallerId::new(id))),
            None => Ok(None),
        }
    }

    /// The id of a caller: given as it is, or by the name of a person or a key.
    async fn caller_id(&self, given: String) -> Result<String, Problem> {
        let wanted = given.clone();
        let (person, keys) = self
            .look(move |tx| {
                if store::keys::get(tx, &CallerId::new(&wanted))?.is_some() {
                    return Ok((None, Vec::new()));
                }
                let person = store::people::by_name(tx, &wanted)?;
                let keys = store::keys::list(tx)?.into_iter().filter(|key| key.caller.name == wanted);
                Ok((person, keys.map(|key| key.id.to_string()).collect()))
            })
            .await?;
        match (person, keys.as_slice()) {
            (Some(person), []) => Ok(person.id.to_string()),
            (None, [only]) => Ok(only.clone()),
            (None, []) => Ok(given),
            (person, keys) => {
                let ids =
                    person.iter().map(|person| person.id.as_str()).chain(keys.iter().map(String::as_str));
                Err(invalid(format!("several callers are called `{given}`"))
                    .hint(format!("give the id of one: {}", ids.collect::<Vec<_>>().join(", "))))
            }
        }
    }
}
