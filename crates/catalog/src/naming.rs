//! Member names: the contract's camelCase as the faces' snake_case, derived and never written twice.

/// A wire name as the faces say it: `lastLoggedInUser` → `last_logged_in_user`, with `service_org` for `so`.
pub(crate) fn snake(wire: &str) -> String {
    let mut name = String::with_capacity(wire.len() + 4);
    let letters: Vec<char> = wire.chars().collect();
    for (at, c) in letters.iter().enumerate() {
        // A run of capitals is one word (`scheduleID`), its last letter may begin the next (`HTMLLink`).
        let begins = c.is_uppercase()
            && at > 0
            && (!letters[at - 1].is_uppercase()
                || letters.get(at + 1).is_some_and(|next| next.is_lowercase()));
        if begins && !name.ends_with('_') {
            name.push('_');
        }
        name.extend(c.to_lowercase());
    }
    match name.strip_prefix("so_") {
        Some(rest) => format!("service_org_{rest}"),
        None => name,
    }
}

/// The wire's camelCase of a snake_case name; does not undo what [`snake`] does to `so`.
pub(crate) fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |camel, word| {
        let mut letters = word.chars();
        camel
            + &letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default()
            + letters.as_str()
    })
}

/// Words made of a camelCase or SCREAMING name, for reading: `approvedForInstall` → `approved for install`.
pub(crate) fn words(wire: &str) -> String {
    if wire.contains(' ') {
        return wire.to_owned();
    }
    let name = if wire.chars().any(char::is_lowercase) { snake(wire) } else { wire.to_lowercase() };
    name.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wire_names_become_snake_case() {
        for (wire, name) in [
            ("deviceId", "device_id"),
            ("soId", "service_org_id"),
            ("soName", "service_org_name"),
            ("soCustomerID", "service_org_customer_id"),
            ("lastLoggedInUser", "last_logged_in_user"),
            ("supportedOs", "supported_os"),
            ("externalId2", "external_id2"),
            ("isProbe", "is_probe"),
            ("source", "source"),
            ("populatedmemory_slots", "populatedmemory_slots"),
        ] {
            assert_eq!(snake(wire), name);
        }
        assert_eq!(
            (camel("contact_first_name").as_str(), camel("street1").as_str()),
            ("contactFirstName", "street1")
        );
        assert_eq!(words("approvedForInstall"), "approved for install");
        assert_eq!(words("IN_PROGRESS"), "in progress");
    }
}
