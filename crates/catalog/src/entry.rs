//! A tool with its types erased, so that all of them can stand in one slice and every face can walk it.

use crate::context::Context;
use crate::draft::{Draft, ReadBack, Receipt};
use crate::record::Record;
use crate::schema;
use crate::tool::{Govern, ReadTool, WriteTool};
use futures::future::BoxFuture;
use model::{Kind, Plan, Problem, Target};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::OnceLock;

type Run<'a, T> = BoxFuture<'a, Result<T, Problem>>;

/// A look-up made ready: arguments resolved, and what an approver would see of it.
#[derive(Debug)]
pub struct Prepared {
    /// The arguments with names resolved.
    pub arguments: Value,
    /// What it is about; empty unless asked for.
    pub targets: Vec<Target>,
    /// One sentence.
    pub summary: String,
}

/// What a look-up can do.
pub struct Reader {
    /// Resolves the arguments; reads targets only where `with_targets` says that an approver will look.
    pub prepare: for<'a> fn(&'a Context, Value, bool) -> Run<'a, Prepared>,
    /// Looks it up, given the resolved arguments.
    pub read: for<'a> fn(&'a Context, Value) -> Run<'a, Value>,
}

/// What a change or a run can do.
pub struct Writer {
    /// See [`WriteTool::plan`].
    pub plan: for<'a> fn(&'a Context, Value) -> Run<'a, Draft>,
    /// See [`WriteTool::recheck`].
    pub recheck: for<'a> fn(&'a Context, &'a Plan) -> Run<'a, Vec<Target>>,
    /// See [`WriteTool::receive`].
    pub receive: for<'a> fn(&'a Context, &'a Plan, usize, Value) -> BoxFuture<'a, Receipt>,
    /// See [`WriteTool::read_back`].
    pub read_back: for<'a> fn(&'a Context, &'a Plan, usize) -> BoxFuture<'a, ReadBack>,
}

/// Look-up or change.
pub enum Action {
    /// A look-up.
    Read(Reader),
    /// A change or a run.
    Write(Writer),
}

/// A tool with its types erased.
pub struct Entry {
    /// What is fixed about it.
    pub record: Record,
    /// What it can do.
    pub action: Action,
    /// Set where the arguments decide which effect the call has and which policies apply.
    pub govern: Option<Govern>,
    make_schema: fn() -> Value,
    schema: OnceLock<Value>,
}

impl Entry {
    /// Erases a look-up.
    pub const fn read<T: ReadTool>() -> Self {
        Self {
            record: T::RECORD,
            govern: T::GOVERN,
            action: Action::Read(Reader {
                prepare: |cx, arguments, with_targets| {
                    Box::pin(async move {
                        let input = T::resolve(cx, decode::<T::Input>(arguments)?).await?;
                        let targets = if with_targets { T::targets(cx, &input).await? } else { Vec::new() };
                        Ok(Prepared { targets, summary: T::sentence(&input), arguments: encode(&input) })
                    })
                },
                read: |cx, arguments| {
                    Box::pin(async move { T::read(cx, decode::<T::Input>(arguments)?).await })
                },
            }),
            make_schema: schema::of::<T::Input>,
            schema: OnceLock::new(),
        }
    }

    /// Erases a change or a run.
    pub const fn write<T: WriteTool>() -> Self {
        Self {
            record: T::RECORD,
            govern: T::GOVERN,
            action: Action::Write(Writer {
                plan: |cx, arguments| {
                    Box::pin(async move { T::plan(cx, decode::<T::Input>(arguments)?).await })
                },
                recheck: |cx, plan| Box::pin(T::recheck(cx, plan)),
                receive: |cx, plan, position, answer| Box::pin(T::receive(cx, plan, position, answer)),
                read_back: |cx, plan, position| Box::pin(T::read_back(cx, plan, position)),
            }),
            make_schema: schema::of_write::<T::Input>,
            schema: OnceLock::new(),
        }
    }

    /// The JSON schema of its arguments: an object without unknown members, no union at the top.
    pub fn input_schema(&self) -> &Value {
        self.schema.get_or_init(self.make_schema)
    }

    /// Checks arguments against the schema's members before anything else looks at them.
    ///
    /// # Errors
    /// Arguments that are no object, a member that is not known (naming the nearest one), the reserved mark.
    pub fn check_arguments(&self, arguments: &Value) -> Result<(), Problem> {
        schema::check(self.record.name, self.input_schema(), arguments)
    }
}

fn decode<T: DeserializeOwned>(arguments: Value) -> Result<T, Problem> {
    serde_json::from_value(arguments).map_err(|error| {
        Problem::new(Kind::InvalidArguments, format!("the arguments can't be used: {error}"))
            .hint("look at the tool's input schema; numbers and numeric strings are both taken for ids")
    })
}

fn encode<T: serde::Serialize>(input: &T) -> Value {
    let mut value = serde_json::to_value(input).expect("arguments that came as JSON go back as JSON");
    if let Some(members) = value.as_object_mut() {
        members.retain(|_, v| !v.is_null());
    }
    value
}
