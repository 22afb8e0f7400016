//! Creating something with a name under a unit: one POST. The name must be free there, so that a creation whose answer
//! was lost, or told no id, is recognised by it.

use crate::context::Context;
use crate::draft::{Draft, ReadBack, Receipt};
use crate::names::fold;
use crate::upstream::{self, id_of, text_of};
use crate::{naming, units};
use futures::TryStreamExt;
use model::text::clean;
use model::{Kind, Plan, Problem, Target, Write};
use ncentral::{Operation, Params};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What is created, and where.
pub(crate) struct Creation {
    /// What it is called in sentences.
    pub(crate) what: &'static str,
    pub(crate) create: &'static Operation,
    pub(crate) siblings: &'static Operation,
    /// The unit above: its path parameter and its argument.
    pub(crate) above: (&'static str, &'static str),
    /// The members that hold the new thing's id and name.
    pub(crate) members: (&'static str, &'static str),
}

impl Creation {
    /// The plan of one POST. `particulars` are the other arguments; they go into the body under their wire names.
    ///
    /// # Errors
    /// A name that is empty or taken; a unit that is unknown or outside the caller's customers.
    pub(crate) async fn plan(
        &self,
        cx: &Context,
        above: i64,
        name: &str,
        particulars: &impl Serialize,
    ) -> Result<Draft, Problem> {
        let name = clean(name, false).trim().to_owned();
        let argument = naming::snake(self.members.1);
        if name.is_empty() {
            return Err(Problem::new(Kind::InvalidArguments, format!("`{argument}` is empty"))
                .hint("give the name that people know it by"));
        }
        let target = units::target(cx, above).await?;
        self.check_free(cx, above, &name).await?;
        let mut body = Map::from_iter([(self.members.1.to_owned(), json!(name))]);
        let mut arguments =
            Map::from_iter([(self.above.1.to_owned(), json!(above)), (argument, json!(name))]);
        let given = serde_json::to_value(particulars).expect("texts and ids are JSON");
        for (member, value) in given.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
            body.insert(naming::camel(member), on_the_wire(value));
            arguments.insert(member.clone(), value.clone());
        }
        let write = Write {
            operation: self.create.id.to_owned(),
            method: self.create.method.as_str().to_owned(),
            path: self.create.path.replace(&format!("{{{}}}", self.above.0), &above.to_string()),
            query: BTreeMap::new(),
            body: Some(Value::Object(body)),
        };
        Ok(Draft {
            arguments: Value::Object(arguments),
            summary: format!("Create {} “{name}” under {}.", self.what, target.name),
            targets: vec![target],
            facts: vec![json!({})],
            writes: vec![(write, Some(0))],
            warnings: Vec::new(),
            run_at: None,
        })
    }

    /// The unit above as it is now, once the name is still free there.
    pub(crate) async fn recheck(&self, cx: &Context, plan: &Plan) -> Result<Vec<Target>, Problem> {
        let Some((above, name)) = self.planned(plan) else { return Ok(Vec::new()) };
        self.check_free(cx, above, name).await?;
        units::recheck(cx, above).await
    }

    /// The answer is a bare id, a wrapped one, the request again on older servers, or nothing: then the name tells
    /// the id.
    pub(crate) async fn receive(&self, cx: &Context, plan: &Plan, answer: &Value) -> Receipt {
        let (id, name) = self.members;
        let told = [answer, &answer[id], &answer["data"], &answer["data"][id]].into_iter().find_map(id_of);
        let planned = self.planned(plan);
        let found = match (told, planned) {
            (None, Some((above, name))) => self.find(cx, above, name).await.ok().flatten(),
            (told, _) => told,
        };
        let mut result =
            json!({ naming::snake(id): found, naming::snake(name): planned.map(|(_, name)| name) });
        if found.is_none() {
            result["note"] = json!("N-central accepted it; its id could not be read back yet");
        }
        Receipt { result: Some(result), ..Receipt::default() }
    }

    /// The name was free when the plan was made and again before it was sent, so finding it settles the question.
    pub(crate) async fn read_back(&self, cx: &Context, plan: &Plan) -> ReadBack {
        let Some((above, name)) = self.planned(plan) else { return ReadBack::CannotTell };
        match self.find(cx, above, name).await {
            Ok(Some(id)) => ReadBack::Applied(self.receive(cx, plan, &json!(id)).await),
            _ => ReadBack::CannotTell,
        }
    }

    fn planned<'a>(&self, plan: &'a Plan) -> Option<(i64, &'a str)> {
        let name = plan.arguments[naming::snake(self.members.1)].as_str()?;
        Some((plan.arguments[self.above.1].as_i64()?, name))
    }

    async fn check_free(&self, cx: &Context, above: i64, name: &str) -> Result<(), Problem> {
        match self.find(cx, above, name).await? {
            None => Ok(()),
            Some(id) => Err(Problem::new(
                Kind::Conflict,
                format!("a {} called “{name}” is there already, with id {id}", self.what),
            )
            .hint("use it, or choose another name")),
        }
    }

    async fn find(&self, cx: &Context, above: i64, name: &str) -> Result<Option<i64>, Problem> {
        let params = Params::new().set(self.above.0, above);
        let mut pages = std::pin::pin!(upstream::pages(cx, self.siblings, params));
        while let Some(page) = pages.try_next().await? {
            let same =
                |row: &&Value| text_of(&row[self.members.1]).is_some_and(|known| fold(&known) == fold(name));
            if let Some(row) = page.rows.iter().find(same) {
                return Ok(id_of(&row[self.members.0]));
            }
        }
        Ok(None)
    }
}

/// Creations take lists of ids as text (contract/NOTES.md, section 6).
fn on_the_wire(value: &Value) -> Value {
    match value {
        Value::Array(ids) => ids.iter().map(|id| json!(id.to_string())).collect(),
        value => value.clone(),
    }
}
