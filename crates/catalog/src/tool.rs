//! The two traits a tool implements one of: look-ups read, everything else plans writes that the gate sends.

use crate::context::Context;
use crate::draft::{Draft, ReadBack, Receipt};
use crate::raw::Governed;
use crate::record::Record;
use model::{Plan, Problem, Target};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::future::Future;

/// Says what has a say in one call of a tool whose arguments decide it: raw calls.
pub type Govern = fn(&Value) -> Result<Governed, Problem>;

/// A look-up.
pub trait ReadTool: Send + Sync + 'static {
    /// What is fixed about it.
    const RECORD: Record;
    /// Set where the arguments decide which policies apply.
    const GOVERN: Option<Govern> = None;
    /// Its arguments.
    type Input: DeserializeOwned + Serialize + JsonSchema + Send + 'static;

    /// Turns names into ids, so that what is frozen or recorded says exactly what was meant; asks N-central only
    /// where a name was given. Refuses arguments that make no sense together.
    fn resolve(cx: &Context, input: Self::Input)
    -> impl Future<Output = Result<Self::Input, Problem>> + Send;

    /// What a resolved call is about: shown to an approver where the look-up is held. Most look-ups have none.
    fn targets(
        cx: &Context,
        input: &Self::Input,
    ) -> impl Future<Output = Result<Vec<Target>, Problem>> + Send {
        let _ = (cx, input);
        async { Ok(Vec::new()) }
    }

    /// One sentence for an approver where the look-up is held.
    fn sentence(input: &Self::Input) -> String {
        let _ = input;
        format!("{}.", Self::RECORD.title)
    }

    /// Looks it up. The input is resolved; the caller's customer scope (`cx.customers`) is honoured here.
    fn read(cx: &Context, input: Self::Input) -> impl Future<Output = Result<Value, Problem>> + Send;
}

/// A change or a run.
pub trait WriteTool: Send + Sync + 'static {
    /// What is fixed about it.
    const RECORD: Record;
    /// Set where the arguments decide which policies apply.
    const GOVERN: Option<Govern> = None;
    /// Its arguments, without `reason`, which every such tool takes and the gate handles.
    type Input: DeserializeOwned + Serialize + JsonSchema + Send + 'static;

    /// Resolves names, reads the targets, checks caps and scope, and lists the writes. Sends none.
    fn plan(cx: &Context, input: Self::Input) -> impl Future<Output = Result<Draft, Problem>> + Send;

    /// Reads the plan's targets again, just before the first write; the gate compares them with the plan. Also
    /// fails where anything else that the plan rests on is not so any more.
    fn recheck(cx: &Context, plan: &Plan) -> impl Future<Output = Result<Vec<Target>, Problem>> + Send;

    /// What the accepted answer of the write at `position` means. May read back, never writes.
    fn receive(
        cx: &Context,
        plan: &Plan,
        position: usize,
        answer: Value,
    ) -> impl Future<Output = Receipt> + Send;

    /// Whether a write of unknown outcome happened. Only looks.
    fn read_back(cx: &Context, plan: &Plan, position: usize) -> impl Future<Output = ReadBack> + Send;
}
