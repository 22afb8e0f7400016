//! The gateway itself: its record, its secrets, the room on its disk, its boundary, the address that people use.

use super::{failed, ok, warning};
use crate::api::Finding;
use crate::gate::{Gate, jwt_place};
use model::Problem;
use std::net::IpAddr;

/// What the gateway needs on its disk at all, in bytes. Below it the store may not be able to commit.
const LEAST_FREE: u64 = 64 << 20;

impl Gate {
    pub(super) async fn examine_house(&self) -> Result<Vec<Finding>, Problem> {
        let mut findings = self.examine_record();
        findings.push(self.examine_seals().await?);
        findings.extend(self.examine_disk());
        findings.extend(self.examine_boundary());
        findings.extend(self.inner.options.public_url.as_deref().and_then(clear_text));
        Ok(findings)
    }

    fn examine_record(&self) -> Vec<Finding> {
        let torn = self.inner.store.torn_chains();
        if torn.is_empty() {
            return vec![ok("audit", "the record and its checkpoints agree")];
        }
        let chain = |chain: &String| {
            failed(
                "audit",
                format!(
                    "the chain {chain} and its checkpoint do not agree: entries were cut, or one of the two was restored"
                ),
                "run `ncgate audit verify` for the first missing entry, and find out who had access to the state",
            )
        };
        torn.iter().map(chain).collect()
    }

    /// Whether what is sealed opens under the key that this process has.
    async fn examine_seals(&self) -> Result<Finding, Problem> {
        let rows = self.look(store::connections::list).await?;
        let closed: Vec<&str> = rows
            .iter()
            .filter(|row| self.inner.sealer.open(&jwt_place(&row.connection.id), &row.jwt).is_err())
            .map(|row| row.connection.name.as_str())
            .collect();
        if closed.is_empty() {
            return Ok(ok("secrets", "the stored credentials open under the state's key"));
        }
        Ok(failed(
            "secrets",
            format!("the stored JWT of {} does not open under the state's key", closed.join(", ")),
            "restore the state and its key from the same backup, or reconnect with a new JWT",
        ))
    }

    fn examine_disk(&self) -> Option<Finding> {
        let dir = self.inner.state_dir()?;
        let Ok(found) = rustix::fs::statvfs(dir) else { return None };
        let free = found.f_bavail.saturating_mul(found.f_frsize);
        Some(room(free, self.inner.options.free_space))
    }

    fn examine_boundary(&self) -> Option<Finding> {
        self.inner.options.opened_by_agent.then(|| {
            warning(
                "boundary",
                "`ncgate mcp` opened the state itself, as the same user as the agent: the gate then stops mistakes, not a \
                 hostile program",
                "for agents you don't trust, run `ncgate serve` as another user and give them a URL and a key",
            )
        })
    }

    /// Whether the links that the gateway writes lead to where it was asked; `host` is the name it was asked under.
    /// This machine's own loopback is always another way in.
    pub fn examine_address(&self, host: &str) -> Option<Finding> {
        let public = self.inner.options.public_url.as_deref()?;
        let (theirs, ours) = (name_of(host), name_of(authority(public)));
        if theirs.eq_ignore_ascii_case(ours) || is_loopback(theirs) {
            return None;
        }
        Some(warning(
            "public address",
            format!("the gateway is reached as {theirs}, and its links say {ours}"),
            "set NCGATE_PUBLIC_URL (--public-url) to the address that people and programs use",
        ))
    }
}

fn room(free: u64, wanted: u64) -> Finding {
    let mebibytes = free >> 20;
    let hint = "make room: older calls can be removed, the record and the state's backups moved elsewhere";
    if free < LEAST_FREE {
        return failed(
            "disk",
            format!(
                "only {mebibytes} MiB are free where the state is; soon nothing can be recorded, and nothing runs that is not"
            ),
            hint,
        );
    }
    if free < wanted {
        return warning("disk", format!("only {mebibytes} MiB are free where the state is"), hint);
    }
    ok("disk", format!("{mebibytes} MiB are free where the state is"))
}

fn clear_text(public: &str) -> Option<Finding> {
    let host = name_of(authority(public));
    (public.starts_with("http://") && !is_loopback(host)).then(|| {
        warning(
            "public address",
            format!("people reach the gateway at {public}, in clear text: passwords and keys can be read on the way"),
            "put a proxy with TLS before it, and give its https address as NCGATE_PUBLIC_URL",
        )
    })
}

fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

/// The host of an authority, without its port.
fn name_of(authority: &str) -> &str {
    match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => authority.rsplit_once(':').map_or(authority, |(host, _)| host),
    }
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_worse_than_one_that_fills_up() {
        assert_eq!(room(1 << 20, 1 << 30).status, "failed");
        assert_eq!(room(500 << 20, 1 << 30).status, "warning");
        assert_eq!(room(2 << 30, 1 << 30).status, "ok");
    }

    #[test]
    fn clear_text_is_for_loopback_alone() {
        assert!(clear_text("http://ncgate.example.com:8080/").is_some());
        for fine in
            ["https://ncgate.example.com", "http://127.0.0.1:8080", "http://[::1]:80", "http://localhost"]
        {
            assert!(clear_text(fine).is_none(), "{fine}");
        }
    }
}
