//! The look-ups of the matrix, and the sign-in on which all of them rest. What they answered without any trouble is
//! what they must answer with it, or nothing.

use super::scene::{Cell, Scene, timed};
use super::trouble::{How, Struck, Trouble};
use crate::house::another_key;
use emulator::{Emulator, Expire};
use futures::future::join_all;
use gate::{Answer, Requester};
use model::{Changed, Kind, Problem};
use serde_json::{Value, json};

/// One look-up.
struct Row {
    name: &'static str,
    tool: &'static str,
    operation: &'static str,
    path: Option<fn(customer: i64) -> String>,
    arguments: fn(customer: i64, device: i64) -> Value,
    /// What of the answer must not depend on the trouble.
    data: fn(&Value) -> Value,
}

const ROWS: [Row; 4] = [
    Row {
        name: "a list (sites)",
        tool: "n_central-list-sites",
        operation: "listSites",
        path: None,
        arguments: |_, _| json!({"page_size": 20}),
        data: |answer| json!([answer["rows"], answer["total"]]),
    },
    Row {
        name: "a get (device)",
        tool: "n_central-get-device",
        operation: "getDevice",
        path: None,
        arguments: |_, device| json!({"device_id": device}),
        data: |answer| json!([answer["device_id"], answer["long_name"], answer["device_class"]]),
    },
    Row {
        name: "a fan-out, one of three customers",
        tool: "n_central-list-active-issues",
        operation: "listActiveIssues",
        path: Some(|customer| format!("/api/org-units/{customer}/active-issues")),
        arguments: |_, _| json!({}),
        // Services fail and recover meanwhile; what could not be read is named.
        data: |answer| answer["not_read"].clone(),
    },
    Row {
        name: "a credential (registration token)",
        tool: "n_central-get-registration-token",
        operation: "getCustomerRegistrationToken",
        path: None,
        arguments: |customer, _| json!({"customer_id": customer}),
        data: |answer| answer["registration_token"].clone(),
    },
];

/// The most exchanges of one of them after another: what it is of, and the rest.
const EXCHANGES: u32 = 2;

/// What every look-up comes to under one trouble, by its name, and after that the ways to its token.
pub(super) async fn under(trouble: &Trouble) -> Vec<(&'static str, Cell)> {
    let mut scene = Scene::new(trouble.deadline()).await;
    let device = scene.house.workstations(1).await[0];
    let customer = customer(&scene).await;
    // Few customers, so that a fan-out costs little.
    let few = another_key(&scene.house, |key| key.customers = Some(vec![101, 102, customer])).await;
    let who = |row: &Row, scene: &Scene| {
        if row.path.is_some() { few.clone() } else { scene.house.agent.clone() }
    };
    let mut usual = Vec::new();
    for row in &ROWS {
        usual.push(ask(&scene, &who(row, &scene), row, customer, device).await.unwrap());
    }
    scene.house.emulator.clear_requests();
    let struck = |row: &Row| Struck { operation: row.operation, path: row.path.map(|path| path(customer)) };
    if matches!(trouble.how, How::Refused | How::Silent) {
        scene.front.cut();
    }
    let mut answers = Vec::new();
    if trouble.waits() {
        let at: Vec<Struck> = ROWS.iter().map(struck).collect();
        trouble.strike(&scene.house.emulator, &mut scene.front, true, at).await;
        let (scene, who) = (&scene, &who);
        let asked = ROWS
            .iter()
            .map(|row| async move { timed(ask(scene, &who(row, scene), row, customer, device)).await });
        answers.extend(join_all(asked).await);
    } else {
        // One after the other, so that none profits from what another has been through.
        for row in &ROWS {
            trouble.strike(&scene.house.emulator, &mut scene.front, true, [struck(row)]).await;
            answers.push(timed(ask(&scene, &who(row, &scene), row, customer, device)).await);
        }
    }
    let mut cells = Vec::new();
    for ((row, usual), (answer, took)) in ROWS.iter().zip(&usual).zip(answers) {
        let case = format!("{} / {}", trouble.name, row.name);
        let cell = cell(&scene, row, usual, answer, customer, &case);
        cells.push((row.name, cell.ended(took, EXCHANGES * trouble.deadline(), &case)));
    }
    trouble.end(&scene.house.emulator, &mut scene.front).await;
    // What happens to the server or the network is the same for signing in as for any look-up.
    if matches!(trouble.how, How::Well | How::Spoilt(_)) {
        for way in &RENEWALS {
            cells.push((way.name, renewal_under(trouble, way, &mut scene, &usual[0]).await));
        }
    }
    scene.house.shut().await;
    cells
}

async fn ask(
    scene: &Scene,
    who: &Requester,
    row: &Row,
    customer: i64,
    device: i64,
) -> Result<Value, Problem> {
    let answer = scene.house.ask(who, row.tool, (row.arguments)(customer, device)).await?;
    let Answer::Read { result, .. } = answer else { panic!("{} is no look-up: {answer:?}", row.tool) };
    Ok(result)
}

async fn customer(scene: &Scene) -> i64 {
    let arguments = json!({"customer": "Globex"});
    let answer =
        scene.house.ask(&scene.house.admin, "n_central-get-customer", arguments).await.unwrap().body();
    // Some of N-central's ids are strings.
    answer["customer_id"].as_str().and_then(|id| id.parse().ok()).unwrap_or_else(|| panic!("{answer}"))
}

fn cell(
    scene: &Scene,
    row: &Row,
    usual: &Value,
    answer: Result<Value, Problem>,
    customer: i64,
    case: &str,
) -> Cell {
    let sent = scene.sent(row.operation).said();
    match answer {
        Ok(answer) if answer["not_read"].is_null() => {
            assert_eq!((row.data)(&answer), (row.data)(usual), "{case}: an error passed as data");
            Cell::good("the data", sent, String::new())
        }
        Ok(answer) => {
            let missing = answer["not_read"].as_array().unwrap();
            assert_eq!(missing.len(), 1, "{case}: {missing:?}");
            assert_eq!(missing[0]["customer_id"], json!(customer), "{case}");
            assert!(answer.to_string().contains("could not be read and are not counted"), "{case}: {answer}");
            let mut cell = Cell::good("the rest, and whose data is missing", sent, String::new());
            cell.retryable = if missing[0]["retryable"] == true { "yes" } else { "no" }.into();
            cell
        }
        Err(problem) => refusal(&problem, sent, case),
    }
}

fn refusal(problem: &Problem, sent: String, case: &str) -> Cell {
    assert_eq!(problem.changed, Changed::No, "{case}: a look-up changes nothing: {problem:?}");
    assert!(!problem.hint.is_empty(), "{case}: {problem:?}");
    Cell::bad(problem, sent, String::new())
}

/// One way to a new access token.
struct Renewal {
    name: &'static str,
    operation: &'static str,
    /// Makes it necessary.
    needed: fn(&Emulator),
}

const RENEWALS: [Renewal; 2] = [
    Renewal {
        name: "renewal of the access token",
        operation: "refreshToken",
        needed: |server| {
            server.expire(Expire::Access);
        },
    },
    Renewal { name: "sign-in with the JWT", operation: "authenticate", needed: Emulator::restart },
];

/// What a list comes to while a way to its token is in trouble.
async fn renewal_under(trouble: &Trouble, way: &Renewal, scene: &mut Scene, usual: &Value) -> Cell {
    let list = &ROWS[0];
    let case = format!("{} / {}", trouble.name, way.name);
    let agent = scene.house.agent.clone();
    scene.house.emulator.clear_requests();
    let struck = [Struck { operation: way.operation, path: None }];
    trouble.strike(&scene.house.emulator, &mut scene.front, true, struck).await;
    (way.needed)(&scene.house.emulator);
    let (answer, took) = timed(ask(scene, &agent, list, 0, 0)).await;
    // Look-ups of one call wait for one renewal together, and one that comes too late for it begins another.
    let sent = scene.sent(way.operation).however_often();
    let cell = match &answer {
        Ok(answer) => {
            assert_eq!((list.data)(answer), (list.data)(usual), "{case}: an error passed as data");
            Cell::good("the data", sent, String::new())
        }
        Err(problem) => refusal(problem, sent, &case),
    };
    trouble.end(&scene.house.emulator, &mut scene.front).await;
    let cell = cell.ended(took, EXCHANGES * trouble.deadline(), &case);
    // Only a new JWT heals one that was refused.
    if answer.is_err_and(|problem| problem.kind == Kind::JwtRefused) {
        return cell;
    }
    let again = ask(scene, &agent, list, 0, 0).await;
    assert!(again.is_ok(), "{case}: it does not heal: {again:?}");
    cell
}
