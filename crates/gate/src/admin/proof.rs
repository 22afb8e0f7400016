//! Looking at the chains of the record, and verifying them while the gateway runs: in the background, one at a time,
//! on a snapshot of the database, against the checkpoints that were noted before.

use super::need;
use crate::api::{AuditEntry, ChainView, Proof, ProofEnd, Requester};
use crate::boundary;
use crate::gate::{Gate, store_problem};
use model::{ConnectionId, Kind, Problem, Role, Timestamp};
use std::sync::{Arc, Mutex};
use store::audit::{Verdict, Watch};
use store::{Checkpoints, Noted};

/// The last verification that was asked for.
#[derive(Default)]
pub(crate) struct Proofs(Mutex<Option<Standing>>);

struct Standing {
    proof: Proof,
    watch: Arc<Watch>,
}

impl Gate {
    /// Every chain that has entries: that of the system first.
    ///
    /// # Errors
    /// [`Kind::Forbidden`] for keys; the store's.
    pub async fn chains(&self, who: &Requester) -> Result<Vec<ChainView>, Problem> {
        need(who, Role::Viewer)?;
        self.flush_record().await.map_err(store_problem)?;
        let heads = self.inner.store.read(store::audit::heads).await.map_err(store_problem)?;
        let ends = self.noted().await?.map(|noted| noted.ends()).unwrap_or_default();
        let chains = heads.into_iter().map(|(chain, head)| ChainView {
            connection: self.name_of_chain(&chain),
            checkpoint: ends.get(&chain).copied(),
            is_torn: self.inner.store.torn_chains().contains(&chain),
            last: head.seq,
            hash: head.hash,
            chain,
        });
        Ok(chains.collect())
    }

    /// One entry of a chain.
    ///
    /// # Errors
    /// [`Kind::Forbidden`] for keys; [`Kind::NotFound`].
    pub async fn audit_entry(&self, who: &Requester, chain: &str, seq: u64) -> Result<AuditEntry, Problem> {
        need(who, Role::Viewer)?;
        self.flush_record().await.map_err(store_problem)?;
        let (wanted, connection) = (chain.to_owned(), self.name_of_chain(chain));
        let read = self.inner.store.read(move |tx| {
            let heads = store::audit::heads(tx)?;
            let last = heads.iter().find(|(chain, _)| *chain == wanted).map_or(0, |(_, head)| head.seq);
            let entry = store::audit::scan(tx, &wanted, seq.saturating_sub(1), 1)?.into_iter().next();
            let Some(entry) = entry.filter(|entry| entry.seq == seq) else { return Ok(None) };
            let prev = store::audit::content(&entry)?.prev;
            Ok::<_, store::Error>(Some((super::audit::view(&entry)?, prev, last)))
        });
        let found = read.await.map_err(store_problem)?;
        let (entry, prev, last) = found.ok_or_else(|| {
            Problem::new(Kind::NotFound, "the record has no such entry")
                .hint("look at the list; if the chain ends before this place, verify the record")
        })?;
        Ok(AuditEntry { entry, prev, last, connection })
    }

    /// Begins to verify the whole record, unless that is under way already.
    ///
    /// # Errors
    /// [`Kind::Forbidden`] for keys; the store's.
    pub async fn begin_proof(&self, who: &Requester) -> Result<(), Problem> {
        need(who, Role::Viewer)?;
        self.flush_record().await.map_err(store_problem)?;
        let heads = self.inner.store.read(store::audit::heads).await.map_err(store_problem)?;
        let noted = self.noted().await?;
        let watch = Arc::new(Watch::default());
        {
            let mut last = self.inner.proofs.0.lock().expect("no holder panics");
            if last.as_ref().is_some_and(|standing| standing.proof.end.is_none()) {
                return Ok(());
            }
            let proof = Proof {
                by: who.caller.name.clone(),
                begun_at: self.now(),
                whole: 0,
                total: heads.iter().map(|(_, head)| head.seq).sum(),
                end: None,
            };
            *last = Some(Standing { proof, watch: Arc::clone(&watch) });
        }
        let gate = self.clone();
        self.spawn(async move {
            let found = gate.verify_record(noted, watch).await;
            gate.end_proof(gate.now(), found);
        });
        Ok(())
    }

    /// The last verification that was asked for here.
    ///
    /// # Errors
    /// [`Kind::Forbidden`] for keys.
    pub fn proof(&self, who: &Requester) -> Result<Option<Proof>, Problem> {
        need(who, Role::Viewer)?;
        let last = self.inner.proofs.0.lock().expect("no holder panics");
        Ok(last.as_ref().map(|Standing { proof, watch }| Proof { whole: watch.whole(), ..proof.clone() }))
    }

    async fn verify_record(&self, noted: Option<Noted>, watch: Arc<Watch>) -> Result<Verdict, store::Error> {
        let (shared, watched) = (!self.inner.member.is_alone(), Arc::clone(&watch));
        let verifying =
            self.inner.store.read(move |tx| store::audit::verify_open(tx, noted.as_ref(), shared, &watched));
        tokio::pin!(verifying);
        tokio::select! {
            found = &mut verifying => return found,
            () = self.inner.stopping.cancelled() => watch.call_off(),
        }
        verifying.await
    }

    fn end_proof(&self, at: Timestamp, found: Result<Verdict, store::Error>) {
        let end = match found {
            Ok(Verdict { broken: None, .. }) => ProofEnd::Whole,
            Ok(Verdict { broken: Some(broken), .. }) => {
                tracing::error!(chain = broken.chain, seq = broken.seq, "the record is broken");
                ProofEnd::Broken(broken)
            }
            Err(error) => ProofEnd::Failed(store_problem(error)),
        };
        if let Some(standing) = self.inner.proofs.0.lock().expect("no holder panics").as_mut() {
            standing.proof.end = Some((at, end));
        }
    }

    /// What the checkpoints say now; none where there is no file of them.
    async fn noted(&self) -> Result<Option<Noted>, Problem> {
        let Some(dir) = self.inner.state_dir() else { return Ok(None) };
        let place = Checkpoints::file(boundary::checkpoints(dir), self.inner.sealer.checkpoint_keys());
        let read = tokio::task::spawn_blocking(move || place.noted()).await;
        read.unwrap_or(Err(store::Error::Panicked)).map(Some).map_err(store_problem)
    }

    fn name_of_chain(&self, chain: &str) -> Option<String> {
        self.inner.registry.get(&ConnectionId::new(chain)).map(|live| live.connection.name.clone())
    }
}
