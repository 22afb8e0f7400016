//! `n_central-create-user-role`: a role, defined at a unit. A preview endpoint. No endpoint lists the permissions that a
//! role is made of (contract/NOTES.md, section 12), so whoever asks has to bring their ids.

use crate::context::Context;
use crate::creation::Creation;
use crate::draft::{Draft, ReadBack, Receipt};
use crate::id::{self, Id};
use crate::record::{Area, Record};
use crate::tool::WriteTool;
use crate::units::{self, UnitArgs};
use crate::users;
use model::{Effect, Kind, Plan, Problem, Target};
use ncentral::operations;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The longest description that N-central takes, in characters.
const LONGEST: usize = 255;

fn creation() -> Creation {
    Creation {
        what: "user role",
        create: operations::CREATE_USER_ROLE,
        siblings: operations::LIST_USER_ROLES,
        above: ("orgUnitId", "org_unit_id"),
        members: ("roleId", "roleName"),
    }
}

pub(crate) struct CreateUserRole;

#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Input {
    org_unit_id: Option<Id>,
    #[serde(flatten)]
    unit: UnitArgs,
    role_name: String,
    #[serde(flatten)]
    particulars: Particulars,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Particulars {
    description: String,
    permission_ids: Vec<Id>,
    user_ids: Option<Vec<Id>>,
}

impl WriteTool for CreateUserRole {
    const RECORD: Record = Record {
        name: "n_central-create-user-role",
        alias: None,
        title: "Create a user role",
        summary: "Create a user role in a unit.",
        area: Area::Administration,
        effect: Effect::Change,
        operations: &["createUserRole", "listUserRoles", "listOrgUnitUsers", "getOrgUnit", "getSite"],
    };
    type Input = Input;

    async fn plan(cx: &Context, mut input: Input) -> Result<Draft, Problem> {
        let role = &mut input.particulars;
        id::unique(&mut role.permission_ids);
        role.user_ids.iter_mut().for_each(id::unique);
        if role.permission_ids.is_empty() {
            return Err(Problem::new(Kind::InvalidArguments, "`permission_ids` is empty").hint(
                "N-central lists its permissions nowhere in its API; the ids are those of its console",
            ));
        }
        let length = role.description.chars().count();
        if length > LONGEST {
            let message = format!("`description` has {length} characters; {LONGEST} is the most");
            return Err(Problem::new(Kind::InvalidArguments, message).hint("shorten it"));
        }
        let unit = units::one(cx, input.org_unit_id, input.unit.resolve(cx).await?).await?;
        let mut draft = creation().plan(cx, unit.0, &input.role_name, role).await?;
        let permissions: Vec<String> = role.permission_ids.iter().map(Id::to_string).collect();
        draft.summary.push_str(&format!(" Permissions by id: {}.", permissions.join(", ")));
        let unit = draft.targets[0].clone();
        users::tell(cx, &unit, role.user_ids.as_deref().unwrap_or_default(), &mut draft).await?;
        Ok(draft)
    }

    async fn recheck(cx: &Context, plan: &Plan) -> Result<Vec<Target>, Problem> {
        creation().recheck(cx, plan).await
    }

    async fn receive(cx: &Context, plan: &Plan, _: usize, answer: Value) -> Receipt {
        creation().receive(cx, plan, &answer).await
    }

    async fn read_back(cx: &Context, plan: &Plan, _: usize) -> ReadBack {
        creation().read_back(cx, plan).await
    }
}
