-- A state of the first schema, as the program of that time left it. Tables refer to each other in any order.
PRAGMA foreign_keys = OFF;
BEGIN TRANSACTION;
CREATE TABLE approvals (
    id text PRIMARY KEY NOT NULL,
    call_id text NOT NULL UNIQUE REFERENCES calls (id) ON DELETE CASCADE,
    connection_id text NOT NULL,
    caller_id text NOT NULL,
    state text NOT NULL,
    plan_digest text NOT NULL,
    reason text,
    held_by text NOT NULL,
    confirm_required text,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    decided_by text,
    decided_at bigint,
    decision_reason text
);
INSERT INTO "approvals" VALUES('01a2032c-ad20-7427-b4d7-ae70a4cebd0f','01a2032c-ac7c-718f-92a2-71f285814a40','01a2032c-a9e7-7215-b7b7-bfc28df09c60','mkwvvszg26','pending','32c36b762399113aeb7edace4266e38a4f5059bb0109a02b01a01998221b5e02',NULL,'policy of n_central-run-direct-task: approval_needed (version 1)',NULL,1795349589280,1795353189280,NULL,NULL,NULL);
CREATE TABLE audit_entries (
    chain text NOT NULL,
    seq bigint NOT NULL,
    text text NOT NULL,
    hash text NOT NULL,
    time bigint NOT NULL,
    event text NOT NULL,
    connection text,
    caller text,
    call text,
    tool text,
    outcome text,
    PRIMARY KEY (chain, seq)
);
INSERT INTO "audit_entries" VALUES('01a2032c-a9e7-7215-b7b7-bfc28df09c60',1,'{"body":{"caller":"operator","caller_kind":"person","caller_name":"operator","connection":"01a2032c-a9e7-7215-b7b7-bfc28df09c60","name":"main","preset":"standard","role":"admin","server_version":"2026.3.0.11","source":{"address":"127.0.0.1","client":"ncgate-cli/0.1.0","face":"cli"},"url":"http://127.0.0.1:19180","user":"ncgate-api@northwind-it.example"},"chain":"01a2032c-a9e7-7215-b7b7-bfc28df09c60","event":"connection.created","prev":"0000000000000000000000000000000000000000000000000000000000000000","seq":1,"time":1795349588496}','61c3c9bffc5cd9d455a2735f95b55519b4663c9476a86e6d39852b36a6c3375b',1795349588496,'connection.created','01a2032c-a9e7-7215-b7b7-bfc28df09c60','operator',NULL,NULL,NULL);
INSERT INTO "audit_entries" VALUES('system',1,'{"body":{"caller":"operator","caller_kind":"person","caller_name":"operator","connection":"01a2032c-a9e7-7215-b7b7-bfc28df09c60","key":{"connection":"01a2032c-a9e7-7215-b7b7-bfc28df09c60","customers":null,"id":"mkwvvszg26","kind":"agent","name":"fixture","names":"canonical","owner":"operator","plan_only":false,"tools":null},"role":"admin","source":{"address":"127.0.0.1","client":"ncgate-cli/0.1.0","face":"cli"}},"chain":"system","event":"key.created","prev":"0000000000000000000000000000000000000000000000000000000000000000","seq":1,"time":1795349588601}','11f3975a655488600a1abefabf781f857255e7dba6584618f72bb35c8e52500e',1795349588601,'key.created','01a2032c-a9e7-7215-b7b7-bfc28df09c60','operator',NULL,NULL,NULL);
INSERT INTO "audit_entries" VALUES('01a2032c-a9e7-7215-b7b7-bfc28df09c60',2,'{"body":{"arguments":{"search":"ACME-FS"},"call":"01a2032c-ab6e-7710-99c5-139030a4a331","caller":"mkwvvszg26","caller_kind":"agent","caller_name":"fixture","connection":"01a2032c-a9e7-7215-b7b7-bfc28df09c60","ms":197,"outcome":"done","policy":"policy of n_central-list-devices: auto (version 1)","requests":[{"attempt":1,"error":null,"method":"GET","ms":127,"operation":"listDevices","path":"/api/devices","status":200}],"source":{"address":"127.0.0.1","client":"ncgate-cli/0.1.0","face":"cli"},"tool":"n_central-list-devices"},"chain":"01a2032c-a9e7-7215-b7b7-bfc28df09c60","event":"call.read","prev":"61c3c9bffc5cd9d455a2735f95b55519b4663c9476a86e6d39852b36a6c3375b","seq":2,"time":1795349589043}','3320e75af295fe02121bcf89750717f3578eed8eb72b06aa493cc35a8393bec3',1795349589043,'call.read','01a2032c-a9e7-7215-b7b7-bfc28df09c60','mkwvvszg26','01a2032c-ab6e-7710-99c5-139030a4a331','n_central-list-devices','done');
INSERT INTO "audit_entries" VALUES('01a2032c-a9e7-7215-b7b7-bfc28df09c60',3,'{"body":{"arguments":{"credential":{"password":null,"type":"LocalSystem","username":null},"device_ids":[2144617459],"item_id":2014,"name":"Before the upgrade","parameters":[],"task_type":"Script"},"call":"01a2032c-ac7c-718f-92a2-71f285814a40","caller":"mkwvvszg26","caller_kind":"agent","caller_name":"fixture","connection":"01a2032c-a9e7-7215-b7b7-bfc28df09c60","effect":"run","plan_digest":"32c36b762399113aeb7edace4266e38a4f5059bb0109a02b01a01998221b5e02","policy":"policy of n_central-run-direct-task: approval_needed (version 1)","policy_version":1,"requests":[{"attempt":1,"error":null,"method":"GET","ms":89,"operation":"listDevices","path":"/api/devices","status":200},{"attempt":1,"error":null,"method":"GET","ms":1,"operation":"getDevice","path":"/api/devices/2144617459","status":200}],"source":{"address":"127.0.0.1","client":"ncgate-cli/0.1.0","face":"cli"},"summary":"Run script item 2014 (not on the script list) on 1 device of Globex: GLOBEX-WS01.","targets":[{"class":"Workstations - Windows","customer_id":103,"id":2144617459,"kind":"device","name":"GLOBEX-WS01","org_unit_id":103,"site_id":null}],"tool":"n_central-run-direct-task"},"chain":"01a2032c-a9e7-7215-b7b7-bfc28df09c60","event":"call.held","prev":"3320e75af295fe02121bcf89750717f3578eed8eb72b06aa493cc35a8393bec3","seq":3,"time":1795349589275}','87b84a35636bb9adcb960dad7c203163fa402ba518746a7587775865ad18e231',1795349589275,'call.held','01a2032c-a9e7-7215-b7b7-bfc28df09c60','mkwvvszg26','01a2032c-ac7c-718f-92a2-71f285814a40','n_central-run-direct-task',NULL);
INSERT INTO "audit_entries" VALUES('system',2,'{"body":{"caller":"operator","caller_kind":"person","caller_name":"operator","person":"01a2032c-ad67-701f-8f40-94202d9253ef","person_name":"admin","person_role":"admin","role":"admin","source":{"address":"127.0.0.1","client":"ncgate-cli/0.1.0","face":"cli"}},"chain":"system","event":"person.added","prev":"11f3975a655488600a1abefabf781f857255e7dba6584618f72bb35c8e52500e","seq":2,"time":1795349589393}','2738e6e686fc21395f130726504aea703fb5e6430cde1dd8c1ef977675b80d46',1795349589393,'person.added',NULL,'operator',NULL,NULL,NULL);
CREATE TABLE audit_heads (
    chain text PRIMARY KEY NOT NULL,
    seq bigint NOT NULL,
    hash text NOT NULL
);
INSERT INTO "audit_heads" VALUES('01a2032c-a9e7-7215-b7b7-bfc28df09c60',3,'87b84a35636bb9adcb960dad7c203163fa402ba518746a7587775865ad18e231');
INSERT INTO "audit_heads" VALUES('system',2,'2738e6e686fc21395f130726504aea703fb5e6430cde1dd8c1ef977675b80d46');
CREATE TABLE call_writes (
    call_id text NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
    position bigint NOT NULL,
    target bigint,
    state text NOT NULL,
    attempt_id text,
    intent_at bigint,
    settled_at bigint,
    receipt_key bigint,
    receipt bytea,
    task_id text,
    error text,
    PRIMARY KEY (call_id, position)
);
INSERT INTO "call_writes" VALUES('01a2032c-ac7c-718f-92a2-71f285814a40',0,0,'planned',NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE calls (
    id text PRIMARY KEY NOT NULL,
    connection_id text NOT NULL,
    caller_id text NOT NULL,
    caller_name text NOT NULL,
    tool text NOT NULL,
    state text NOT NULL,
    outcome text,
    approval_id text,
    plan_digest text NOT NULL,
    summary text NOT NULL,
    created_at bigint NOT NULL,
    run_at bigint,
    finished_at bigint,
    plan text NOT NULL,
    fingerprint text NOT NULL,
    facts text NOT NULL,
    reason text,
    source text NOT NULL,
    held_by text,
    secrets_key bigint,
    secrets bytea,
    result_key bigint,
    result bytea,
    error text,
    told bigint NOT NULL,
    fence bigint NOT NULL,
    lease_until bigint
);
INSERT INTO "calls" VALUES('01a2032c-ac7c-718f-92a2-71f285814a40','01a2032c-a9e7-7215-b7b7-bfc28df09c60','mkwvvszg26','fixture','n_central-run-direct-task','pending',NULL,'01a2032c-ad20-7427-b4d7-ae70a4cebd0f','32c36b762399113aeb7edace4266e38a4f5059bb0109a02b01a01998221b5e02','Run script item 2014 (not on the script list) on 1 device of Globex: GLOBEX-WS01.',1795349589280,NULL,NULL,'{"arguments":{"credential":{"password":null,"type":"LocalSystem","username":null},"device_ids":[2144617459],"item_id":2014,"name":"Before the upgrade","parameters":[],"task_type":"Script"},"caller_id":"mkwvvszg26","connection_id":"01a2032c-a9e7-7215-b7b7-bfc28df09c60","effect":"run","policy_version":1,"run_at":null,"server_url":"http://127.0.0.1:19180","targets":[{"class":"Workstations - Windows","customer_id":103,"id":2144617459,"kind":"device","name":"GLOBEX-WS01","org_unit_id":103,"site_id":null}],"tool":"n_central-run-direct-task","v":1,"writes":[{"body":{"credential":{"password":null,"type":"LocalSystem","username":null},"customerId":103,"deviceId":2144617459,"itemId":2014,"name":"Before the upgrade [01a2032c-ac7c-718f-92a2-71f285814a40 1]","parameters":[],"taskType":"Script"},"method":"POST","operation":"createDirectScheduledTask","path":"/api/scheduled-tasks/direct","query":{}}]}','fc41996138e879ba50551f950124500583d01bb7b59d0a21cea968e55411b2b7','{"targets":[{"customer_name":"Globex","site_name":null,"last_checkin":"2026-11-22T12:12:46Z","offline":false,"server":false}],"warnings":["Item 2014 is not on the script list: nobody has said what it does."]}',NULL,'{"face":"cli","address":"127.0.0.1","client":"ncgate-cli/0.1.0"}','policy of n_central-run-direct-task: approval_needed (version 1)',NULL,NULL,NULL,NULL,NULL,0,0,NULL);
CREATE TABLE connections (
    id text PRIMARY KEY NOT NULL,
    name text NOT NULL,
    name_key text NOT NULL,
    url text NOT NULL,
    state text NOT NULL,
    reason text,
    server_version text,
    account text,
    ca text,
    self_approval bigint NOT NULL,
    max_targets bigint NOT NULL,
    policy_version bigint NOT NULL,
    preset text NOT NULL,
    modes text NOT NULL,
    jwt_key bigint NOT NULL,
    jwt bytea NOT NULL,
    tokens_key bigint,
    tokens bytea,
    created_at bigint NOT NULL,
    removed_at bigint
);
INSERT INTO "connections" VALUES('01a2032c-a9e7-7215-b7b7-bfc28df09c60','main','main','http://127.0.0.1:19180','connected',NULL,'2026.3.0.11','ncgate-api@northwind-it.example',NULL,0,50,1,'standard','{}',1,X'DA8B3DA9A6731036AF37E53CE170A65D2A39B321C63E5CDE958A13E45C9BB805E1FEC77235E7E14EA436FB18AD5EB50BF6CCCCC52366EFB4AC597DF536',1,X'F29D25F4788D5E362D2DC569072949E91166C08A83BD707EBB30E22FA38295CEF5037692FC0C84D8345F89E8BEE90BD82A9E3AD3AF46B8A66D6169E0D403C71496235176236514C55ADEDC95CFDA6523DBBB96059C49DC807EB419D803257C4E05A6ED7EAEBB86D6B381ED07BF3C9CEF3A2280663B3B6F41890AC27BDDE66D833E5A493D55BDFAE3E1309AC97DF1B9B8F3ED3E2A03334D936D918BA48F010174B6616B095DFDC8DD0517A00EB6170F10879CD71F816DA3B65E0A20CA810AFC04C76C75BF81845B3F7E830C6534ED02558E815EA07846209CECAE4F93CA7438A199BA90151B3FCF2A76919D32EDEB19059C3EC549E1E788C95C864775A80A0E338B4FB50DA003C9367DA0C0B812581C81D50EA76F46029FDA3B5C72940DC1CED5A5BFEF93CE1EB0290DF14D1FDF713F939226B46F1C64D6A83DEB636062E0EB85BCAE076065B38646D4F99F499CBF41DD574405850C2223FFC320EF07BECDB0D8D17A13BF668EDAE73F369F2C6A2F374A834CF31821E6335F71CDF07BECBA8D4CFDDD98D2022E7F221D86C42A817A9D72352C6ABD005DA70B357948CBE149829425FABA9A660E324FCC58784138E46F3F2225F5998218F6CA93D3830A2A0A26BC39840F357E97C0337C15F77FB31712AD1C899EFD7627608B38EE4EC4CA13AEED8FE966AF1511FFE0FDF76E0400059457F05933DFC3BA1E0D0C62F8AECCD53344C53079540C15735F2640D9C6EA210E51',1795349588496,NULL);
CREATE TABLE idempotency (
    caller_id text NOT NULL,
    idempotency_key text NOT NULL,
    body_hash text NOT NULL,
    call_id text,
    response_key bigint,
    response bytea,
    created_at bigint NOT NULL,
    PRIMARY KEY (caller_id, idempotency_key)
);
INSERT INTO "idempotency" VALUES('mkwvvszg26','01a2032c-ac6a-7582-9ad3-321a2bc515c1','c778fe922bfc8288029bd8f99394a323a875450350d718849cff2ca49f1ef336','01a2032c-ac7c-718f-92a2-71f285814a40',NULL,NULL,1795349589116);
CREATE TABLE keys (
    id text PRIMARY KEY NOT NULL,
    secret_hash text NOT NULL,
    caller text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint,
    revoked_at bigint,
    last_used_at bigint
);
INSERT INTO "keys" VALUES('mkwvvszg26','98cd3c5d3875f9c2232aecaea12ea6d708a13ca505d9f8c84c88ccbda1f3e0e7','{"id":"mkwvvszg26","name":"fixture","kind":"agent","owner":"operator","connection":"01a2032c-a9e7-7215-b7b7-bfc28df09c60","tools":null,"customers":null,"plan_only":false,"names":"canonical"}',1795349588601,NULL,NULL,1795349588846);
CREATE TABLE learned_limits (
    connection_id text NOT NULL,
    class text NOT NULL,
    in_flight bigint NOT NULL,
    PRIMARY KEY (connection_id, class)
);
CREATE TABLE people (
    id text PRIMARY KEY NOT NULL,
    name text NOT NULL,
    name_key text NOT NULL UNIQUE,
    role text NOT NULL,
    password_hash text NOT NULL,
    created_at bigint NOT NULL,
    disabled_at bigint,
    failures bigint NOT NULL,
    locked_until bigint
);
INSERT INTO "people" VALUES('01a2032c-ad67-701f-8f40-94202d9253ef','admin','admin','admin','$argon2id$v=19$m=19456,t=2,p=1$kzEIt0heIRaD1mH4vqxUgw$q9J4dSoEkc2OGPgSKtXQvyM2x+dQOneipliSeWxsTaA',1795349589393,NULL,0,NULL);
CREATE TABLE schema_version (version bigint NOT NULL);
INSERT INTO "schema_version" VALUES(1);
CREATE TABLE scripts (
    connection_id text NOT NULL,
    id text NOT NULL,
    name text NOT NULL,
    name_key text NOT NULL,
    item_id bigint NOT NULL,
    task_type text NOT NULL,
    parameters text NOT NULL,
    description text NOT NULL,
    PRIMARY KEY (connection_id, id),
    UNIQUE (connection_id, name_key)
);
CREATE TABLE sessions (
    token_hash text PRIMARY KEY NOT NULL,
    person_id text NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    proved_at bigint NOT NULL,
    ended_at bigint
);
CREATE TABLE settings (
    name text PRIMARY KEY NOT NULL,
    value text NOT NULL
);
CREATE TABLE stops (
    scope text PRIMARY KEY NOT NULL,
    is_on bigint NOT NULL,
    reason text NOT NULL,
    set_by text NOT NULL,
    set_at bigint NOT NULL
);
CREATE UNIQUE INDEX connections_name ON connections (name_key) WHERE removed_at IS NULL;
CREATE INDEX sessions_person ON sessions (person_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);
CREATE INDEX calls_newest ON calls (created_at, id);
CREATE INDEX calls_of_caller ON calls (caller_id, created_at, id);
CREATE INDEX calls_fingerprint ON calls (fingerprint);
CREATE INDEX calls_state ON calls (state, created_at, id);
CREATE INDEX approvals_newest ON approvals (created_at, id);
CREATE INDEX approvals_pending ON approvals (expires_at) WHERE state = 'pending';
CREATE INDEX idempotency_age ON idempotency (created_at);
CREATE INDEX audit_newest ON audit_entries (time, chain, seq);
CREATE INDEX audit_call ON audit_entries (call) WHERE call IS NOT NULL;
COMMIT;
