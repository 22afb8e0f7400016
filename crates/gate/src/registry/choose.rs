//! Which connection a request is for.

use super::Live;
use crate::api::Requester;
use crate::gate::Gate;
use model::{Kind, Problem};
use std::sync::Arc;

impl Gate {
    /// The connection a request is for: a key's own, the one a person names, the only one.
    pub(crate) fn choose(&self, who: &Requester, named: Option<&str>) -> Result<Arc<Live>, Problem> {
        let registry = &self.inner.registry;
        if let Some(own) = &who.caller.connection {
            let live = registry.get(own).ok_or_else(|| {
                Problem::new(Kind::NotConnected, "the connection of this key is not there any more")
                    .hint("ask an administrator for a key of another connection")
            })?;
            return match named {
                Some(name)
                    if live.connection.id.as_str() != name
                        && !live.connection.name.eq_ignore_ascii_case(name) =>
                {
                    Err(Problem::new(Kind::NotFound, format!("no connection `{name}` for this key"))
                        .hint("a key belongs to one connection; leave the name out"))
                }
                _ => Ok(live),
            };
        }
        let all = registry.all();
        match (named, all.as_slice()) {
            (Some(name), _) => registry.named(name).ok_or_else(|| {
                let known: Vec<&str> = all.iter().map(|l| l.connection.name.as_str()).collect();
                Problem::new(Kind::NotFound, format!("no connection is called `{name}`")).hint(
                    if known.is_empty() {
                        "none is set up yet".into()
                    } else {
                        format!("there are: {}", known.join(", "))
                    },
                )
            }),
            (None, []) => Err(Problem::new(Kind::NotConnected, "no N-central server is connected yet")
                .hint("an administrator connects one with `ncgate connect URL`")),
            (None, [only]) => Ok(Arc::clone(only)),
            (None, several) => {
                let names: Vec<&str> = several.iter().map(|l| l.connection.name.as_str()).collect();
                Err(Problem::new(Kind::BadRequest, "there are several connections, and none was named")
                    .hint(format!("name one of: {}", names.join(", "))))
            }
        }
    }
}
