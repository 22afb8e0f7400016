//! The script list of a connection, which N-central itself does not give: what agents may name, and what it takes.

use super::input::{self, invalid};
use super::roles::need;
use crate::api::{NewScript, Requester, ScriptChange};
use crate::gate::{Gate, Refused, new_id};
use crate::record::Line;
use model::script::{PARAMETER_TYPES, ScriptParameter};
use model::{ConnectionId, Kind, Problem, Role, Script};
use store::{Topic, Tx};

impl Gate {
    /// The list, by name.
    ///
    /// # Errors
    /// [`Kind::Forbidden`] for keys, which use the tool for it; [`Kind::NotFound`].
    pub async fn scripts(&self, who: &Requester, connection: &str) -> Result<Vec<Script>, Problem> {
        need(who, Role::Viewer)?;
        let id = self.choose(who, Some(connection))?.connection.id.clone();
        self.look(move |tx| store::scripts::list(tx, &id)).await
    }

    /// Puts a script on the list.
    ///
    /// # Errors
    /// A repository id that can't be run, a parameter that can't be; [`Kind::Conflict`] for a name on the list.
    pub async fn add_script(
        &self,
        who: &Requester,
        connection: &str,
        new: NewScript,
    ) -> Result<Script, Problem> {
        need(who, Role::Admin)?;
        let id = self.kept(who, connection)?.connection.id.clone();
        let script = checked(new)?;
        let line = Line::new(Some(&id), "script.added", self.now()).by(who).with("script", &script);
        self.commit(move |tx| {
            store::scripts::insert(tx, &id, &script).map_err(|error| taken(error, &script.name))?;
            line.append(tx)?;
            tx.announce(Topic::Script, &script.id, Some(&id));
            Ok(script.clone())
        })
        .await
    }

    /// Changes a script on the list, by its id or name. Plans that were made with it keep what they froze.
    ///
    /// # Errors
    /// As [`Gate::add_script`], and [`Kind::NotFound`].
    pub async fn change_script(
        &self,
        who: &Requester,
        connection: &str,
        id_or_name: &str,
        change: ScriptChange,
    ) -> Result<Script, Problem> {
        need(who, Role::Admin)?;
        let id = self.kept(who, connection)?.connection.id.clone();
        let wanted = id_or_name.to_owned();
        let line = Line::new(Some(&id), "script.changed", self.now()).by(who);
        self.commit(move |tx| {
            let before = on_the_list(tx, &id, &wanted)?;
            let script = Script { id: before.id.clone(), ..checked(changed(&before, change.clone()))? };
            if script != before {
                store::scripts::update(tx, &id, &script).map_err(|error| taken(error, &script.name))?;
                line.clone().with("script", &script).with("before", &before).append(tx)?;
                tx.announce(Topic::Script, &script.id, Some(&id));
            }
            Ok(script)
        })
        .await
    }

    /// Takes a script off the list, by its id or name. Plans that were made with it keep what they froze.
    ///
    /// # Errors
    /// [`Kind::NotFound`].
    pub async fn remove_script(
        &self,
        who: &Requester,
        connection: &str,
        id_or_name: &str,
    ) -> Result<(), Problem> {
        need(who, Role::Admin)?;
        let id = self.kept(who, connection)?.connection.id.clone();
        let line = Line::new(Some(&id), "script.removed", self.now()).by(who);
        let wanted = id_or_name.to_owned();
        self.commit(move |tx| {
            let script = on_the_list(tx, &id, &wanted)?;
            store::scripts::remove(tx, &id, &script.id)?;
            line.clone().with("script", &script).append(tx)?;
            tx.announce(Topic::Script, &script.id, Some(&id));
            Ok(())
        })
        .await
    }
}

/// The script of this id or name.
fn on_the_list(tx: &mut Tx<'_>, connection: &ConnectionId, wanted: &str) -> Result<Script, Refused> {
    let found = store::scripts::list(tx, connection)?
        .into_iter()
        .find(|script| script.id == wanted || script.name.to_lowercase() == wanted.to_lowercase());
    found.ok_or_else(|| {
        Problem::new(Kind::NotFound, format!("no script `{wanted}` is on the list"))
            .hint("`ncgate script list` lists them")
            .into()
    })
}

fn taken(error: store::Error, name: &str) -> Refused {
    match error {
        store::Error::Unique { .. } => {
            Problem::new(Kind::Conflict, format!("a script called `{name}` is on the list already"))
                .hint("change or remove that one, or choose another name")
                .into()
        }
        other => other.into(),
    }
}

/// A script as it would be put on the list again after a change.
fn changed(before: &Script, change: ScriptChange) -> NewScript {
    let Script { id: _, name, item_id, task_type, parameters, description } = before.clone();
    NewScript {
        name: change.name.unwrap_or(name),
        item_id: change.item_id.unwrap_or(item_id),
        task_type: change.task_type.unwrap_or(task_type),
        parameters: change.parameters.unwrap_or(parameters),
        description: change.description.unwrap_or(description),
    }
}

fn checked(new: NewScript) -> Result<Script, Problem> {
    let NewScript { name, item_id, task_type, parameters, description } = new;
    if item_id < NewScript::FIRST_ITEM {
        return Err(invalid(format!(
            "{item_id} is an item that ships with N-central, and those can't be run through its API"
        ))
        .hint(format!(
            "upload the script to the repository; uploaded items have ids from {} on",
            NewScript::FIRST_ITEM
        )));
    }
    let mut checked: Vec<ScriptParameter> = Vec::with_capacity(parameters.len());
    for parameter in parameters {
        let parameter = checked_parameter(parameter)?;
        if checked.iter().any(|other| other.name == parameter.name) {
            return Err(invalid(format!("the parameter `{}` is there twice", parameter.name)));
        }
        checked.push(parameter);
    }
    Ok(Script {
        id: new_id(),
        name: input::name("name", &name)?,
        item_id,
        task_type,
        parameters: checked,
        description: input::description(&description)?,
    })
}

fn checked_parameter(given: ScriptParameter) -> Result<ScriptParameter, Problem> {
    let name = input::name("name of a parameter", &given.name)?;
    let kind = given.kind.to_lowercase();
    if !PARAMETER_TYPES.contains(&kind.as_str()) {
        return Err(catalog::schema::unknown_word("parameter type", &given.kind, &PARAMETER_TYPES));
    }
    let secret = given.secret || kind == "password";
    Ok(ScriptParameter { name, kind, secret, ..given })
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::script::TaskType;

    fn script(item_id: i64, kinds: &[&str]) -> NewScript {
        let parameter = |(index, kind): (usize, &&str)| ScriptParameter {
            name: format!("p{index}"),
            kind: (*kind).to_owned(),
            required: true,
            secret: false,
        };
        NewScript {
            name: "Clean up".into(),
            item_id,
            task_type: TaskType::Script,
            parameters: kinds.iter().enumerate().map(parameter).collect(),
            description: String::new(),
        }
    }

    #[test]
    fn what_ships_with_n_central_can_not_be_listed() {
        assert!(checked(script(1999, &[])).unwrap_err().message.contains("ships with N-central"));
        assert!(checked(script(2000, &[])).is_ok());
    }

    #[test]
    fn a_password_is_always_secret_and_types_are_those_of_the_contract() {
        let parameters = checked(script(2000, &["Password", "string"])).unwrap().parameters;
        assert_eq!(
            parameters.iter().map(|p| (p.kind.as_str(), p.secret)).collect::<Vec<_>>(),
            [("password", true), ("string", false)]
        );
        assert!(checked(script(2000, &["strng"])).unwrap_err().message.contains("`string`"));
        let mut twice = script(2000, &["string", "string"]);
        twice.parameters[1].name = "p0".into();
        assert!(checked(twice).unwrap_err().message.contains("twice"));
    }
}
