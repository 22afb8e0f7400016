//! Arguments between a preview and the asking: handed to the person's browser in a form that only this gateway opens,
//! for the same session, tool and connection, so that what was previewed is what is asked and no secret is shown.

use crate::api::Requester;
use crate::gate::Gate;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::{Kind, Problem};
use serde_json::Value;
use store::Sealed;

impl Gate {
    /// Seals the arguments of a call that is being prepared.
    pub fn seal_draft(&self, who: &Requester, connection: &str, tool: &str, arguments: &Value) -> String {
        let sealed = self.inner.sealer.seal_json(&place(who, connection, tool), arguments);
        format!("{}.{}", sealed.key_version, URL_SAFE_NO_PAD.encode(sealed.bytes))
    }

    /// Opens them again.
    ///
    /// # Errors
    /// [`Kind::InvalidArguments`] for what was sealed for another session, tool or connection, or was damaged.
    pub fn open_draft(
        &self,
        who: &Requester,
        connection: &str,
        tool: &str,
        draft: &str,
    ) -> Result<Value, Problem> {
        let opened = draft.split_once('.').and_then(|(version, bytes)| {
            let sealed =
                Sealed { key_version: version.parse().ok()?, bytes: URL_SAFE_NO_PAD.decode(bytes).ok()? };
            self.inner.sealer.open_json(&place(who, connection, tool), &sealed).ok()
        });
        opened.ok_or_else(|| {
            Problem::new(Kind::InvalidArguments, "this preview is not good any more; nothing was asked")
                .hint("fill in the arguments and look at what will happen once more")
        })
    }
}

fn place(who: &Requester, connection: &str, tool: &str) -> String {
    let session = who.session.as_deref().unwrap_or_default();
    format!("drafts/{}/{session}/{connection}/{tool}", who.caller.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::{Home, Options};
    use model::{Caller, CallerId, Role, Source};
    use serde_json::json;

    #[tokio::test]
    async fn a_draft_opens_for_its_own_session_alone() {
        let gate = Gate::open(Home::Memory, Options::default()).await.unwrap();
        let caller = Caller::person(CallerId::new("p"), "Ana", Role::Approver);
        let who = Requester { session: Some("s1".into()), ..Requester::new(caller, Source::default()) };
        let arguments = json!({"credential": {"password": "hunter2"}});
        let draft = gate.seal_draft(&who, "main", "tool", &arguments);
        assert!(!draft.contains("hunter2"));
        assert_eq!(gate.open_draft(&who, "main", "tool", &draft).unwrap(), arguments);
        let other = Requester { session: Some("s2".into()), ..who.clone() };
        for refused in [
            gate.open_draft(&other, "main", "tool", &draft),
            gate.open_draft(&who, "other", "tool", &draft),
            gate.open_draft(&who, "main", "other", &draft),
            gate.open_draft(&who, "main", "tool", ""),
            gate.open_draft(&who, "main", "tool", "1.AAAA"),
        ] {
            assert_eq!(refused.unwrap_err().kind, Kind::InvalidArguments);
        }
        gate.shutdown().await;
    }
}
