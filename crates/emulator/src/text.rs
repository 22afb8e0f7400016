//! Words from which people, places and addresses are made. All of them are invented.

pub(crate) const FIRST_NAMES: [&str; 32] = [
    "Alice", "Amir", "Beatriz", "Ben", "Carla", "Chen", "Dana", "Dmitri", "Elena", "Emeka", "Farah", "Felix",
    "Grace", "Hannah", "Ivo", "Jamal", "Jana", "Kofi", "Laura", "Liam", "Maya", "Miguel", "Nadia", "Noor",
    "Oskar", "Priya", "Rosa", "Sam", "Tariq", "Uma", "Victor", "Wendy",
];

pub(crate) const LAST_NAMES: [&str; 32] = [
    "Abbott",
    "Becker",
    "Castellan",
    "Chaudhry",
    "Delgado",
    "Ekwueme",
    "Fischer",
    "Garner",
    "Hoang",
    "Ibarra",
    "Jensen",
    "Kowalski",
    "Lindqvist",
    "Marsh",
    "Mbeki",
    "Novak",
    "Okafor",
    "Petrov",
    "Quinn",
    "Ramires",
    "Sato",
    "Tanaka",
    "Underhill",
    "Vasquez",
    "Whitfield",
    "Xu",
    "Yilmaz",
    "Zimmer",
    "Brandt",
    "Larkin",
    "Osei",
    "Pruitt",
];

/// City, state, postal code, area code.
pub(crate) const CITIES: [(&str, &str, &str, &str); 16] = [
    ("Portland", "ME", "04101", "207"),
    ("Burlington", "VT", "05401", "802"),
    ("Worcester", "MA", "01608", "508"),
    ("Providence", "RI", "02903", "401"),
    ("Hartford", "CT", "06103", "860"),
    ("Albany", "NY", "12207", "518"),
    ("Syracuse", "NY", "13202", "315"),
    ("Scranton", "PA", "18503", "570"),
    ("Trenton", "NJ", "08608", "609"),
    ("Dover", "DE", "19901", "302"),
    ("Richmond", "VA", "23219", "804"),
    ("Raleigh", "NC", "27601", "919"),
    ("Columbus", "OH", "43215", "614"),
    ("Ann Arbor", "MI", "48104", "734"),
    ("Madison", "WI", "53703", "608"),
    ("Duluth", "MN", "55802", "218"),
];

pub(crate) const STREETS: [&str; 16] = [
    "Quay Street",
    "Foundry Lane",
    "Commerce Drive",
    "Mill Road",
    "Union Avenue",
    "Orchard Street",
    "Canal Street",
    "Depot Square",
    "Harbor Way",
    "Market Street",
    "Prospect Hill",
    "Station Road",
    "Elm Street",
    "Granite Court",
    "Technology Park",
    "Wharf Street",
];

pub(crate) const TITLES: [&str; 6] = [
    "Office manager",
    "IT coordinator",
    "Operations lead",
    "Practice manager",
    "Controller",
    "Managing partner",
];

pub(crate) const SITE_NAMES: [&str; 10] = [
    "Headquarters",
    "Warehouse",
    "Downtown",
    "Branch office",
    "Plant 2",
    "East campus",
    "Lab",
    "Showroom",
    "Harbor office",
    "Data room",
];
