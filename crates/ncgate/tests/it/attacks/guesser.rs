//! Somebody who guesses: keys, tokens and passwords. What a wrong one costs must not tell how wrong it was. No clock is
//! read here: equal work is shown by counting it, and comparisons in constant time by where they are made.

use super::routes;
use crate::browser::House;
use serde_json::json;
use std::path::Path;

/// How many passwords were compared with a hash so far.
fn compared(house: &House) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let text = runtime.block_on(async {
        let client = reqwest::Client::builder().tls_certs_only([]).no_proxy().build().unwrap();
        let asked = client.get(format!("{}/metrics", house.url())).bearer_auth(&house.admin);
        asked.send().await.unwrap().text().await.unwrap()
    });
    let line = text.lines().find_map(|line| line.strip_prefix("ncgate_password_checks_total "));
    line.unwrap_or_else(|| panic!("{text}")).trim().parse().unwrap()
}

#[test]
fn a_name_that_nobody_has_costs_the_work_of_one_that_somebody_has() {
    let house = House::new();
    house.post("/api/v1/people", json!({"name": "gone", "role": "viewer", "password": "a long password"}));
    house.serve.http("DELETE", "/api/v1/people/gone", Some(&house.admin), None);
    let sign_in = |name: &str, password: &str| {
        let body = json!({"name": name, "password": password});
        house.serve.http("POST", "/api/v1/sessions", None, Some(body))
    };
    let mut answers = Vec::new();
    for (name, password) in [
        ("dana", "not the password"),
        ("nobody", "not the password"),
        ("gone", "a long password"),
        ("gone", "not the password"),
        ("", "not the password"),
        ("\u{0}", "not the password"),
    ] {
        let before = compared(&house);
        let (status, mut problem) = sign_in(name, password);
        assert_eq!((status, compared(&house) - before), (401, 1), "{name:?}: {problem}");
        problem.as_object_mut().unwrap().retain(|member, _| member != "request_id");
        answers.push(problem);
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "they all read the same: {answers:?}");
    // One that is locked costs nothing, whether somebody has it or not.
    for name in ["dana", "nobody"] {
        let locked = (0..8).any(|_| sign_in(name, "wrong again").0 == 429);
        assert!(locked, "{name} is locked");
        let before = compared(&house);
        assert_eq!(sign_in(name, "wrong again").0, 429, "{name}");
        assert_eq!(compared(&house), before, "{name}");
    }
}

#[test]
fn every_way_to_guess_a_bearer_is_answered_alike() {
    let house = House::new();
    let look = |bearer: &str| house.serve.http("GET", "/api/v1/tools", Some(bearer), None);
    let (start, random) = house.key.rsplit_once('_').unwrap();
    let flipped = |text: &str, at: usize| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).unwrap()
    };
    assert_eq!(look(&house.key).0, 200);
    let known = [
        format!("{start}_{}", flipped(random, 0)),
        format!("{start}_{}", flipped(random, random.len() - 1)),
        format!("{start}_{}", &random[..random.len() - 1]),
        format!("{start}_{random}A"),
        format!("{start}_"),
        format!("ncg_0000_{random}"),
        "ncg_".to_owned(),
        "ncg__".to_owned(),
        format!("NCG{}", &house.key[3..]),
    ];
    let answers: Vec<_> = known[..8].iter().map(|guess| look(guess)).collect();
    for (guess, (status, problem)) in known.iter().zip(&answers) {
        assert_eq!((*status, &problem["message"]), (401, &json!("this key is not known")), "{guess}");
    }
    assert_eq!(look(&known[8]).0, 401);
    let session = &house.admin;
    for guess in [flipped(session, session.len() - 1), format!("{session}A"), "ncs_".into(), "nco_".into()] {
        assert_eq!(look(&guess).0, 401, "{guess}");
    }
}

/// Where a secret that was handed in is compared with one that is kept. All of it is done by `subtle` or by the
/// verification of a MAC or a password, which look at every byte; `==` would stop at the first that differs.
#[test]
fn secrets_are_compared_in_constant_time_and_nowhere_else() {
    let compares = [
        ("crates/gate/src/admin/identity.rs", "known.key.secret_hash.as_bytes().ct_eq(hash.as_bytes())"),
        ("crates/gate/src/admin/identity.rs", "own.expose_secret().as_bytes().ct_eq(token.as_bytes())"),
        ("crates/gate/src/admin/setup.rs", "kept.as_bytes().ct_eq(hash.as_bytes())"),
        ("crates/gate/src/admin/passwords.rs", "Argon2::default().verify_password(given, &hash)"),
        ("crates/gate/src/backup/cipher.rs", ".ct_eq("),
        ("crates/web/src/pages/csrf.rs", "mac(session, nonce).verify_slice(tag)"),
    ];
    for (path, comparison) in compares {
        assert!(routes::read(path).contains(comparison), "{path}: {comparison}");
    }
    // Two fields of one form may be compared as they are: whoever sent them knows both.
    let allowed = "again.expose_secret()";
    for folder in ["crates/gate/src", "crates/web/src", "crates/mcp/src", "crates/store/src"] {
        for file in routes::files(Path::new(folder), ".rs") {
            let source = std::fs::read_to_string(&file).unwrap();
            let product = source.split("#[cfg(test)]").next().unwrap_or_default();
            for line in product.lines().map(str::trim).filter(|line| !line.starts_with("//")) {
                let compared = ["==", "!="].iter().any(|sign| line.contains(sign));
                let secret = ["expose_secret()", "secret_hash", "token_hash", "password_hash"];
                let secret = secret.iter().any(|name| line.contains(name));
                assert!(!(compared && secret) || line.contains(allowed), "{}: {line}", file.display());
            }
        }
    }
}
