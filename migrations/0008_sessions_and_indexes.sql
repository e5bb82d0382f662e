-- Log-ins at the platform, which the log-ins at services stem from and end with.
CREATE TABLE portal_login (
    id TEXT NOT NULL PRIMARY KEY,
    citizen TEXT NOT NULL,
    expires_ms BIGINT NOT NULL
);
CREATE INDEX portal_login_citizen ON portal_login (citizen);
CREATE INDEX portal_login_expiry ON portal_login (expires_ms);
-- Those of before are not in it: everybody logs in anew.
DELETE FROM entry_ticket;
DELETE FROM service_session;
DELETE FROM portal_session;

-- What is swept at each insert is found without reading the table.
CREATE INDEX entry_ticket_expiry ON entry_ticket (expires_ms);
CREATE INDEX entry_ticket_login ON entry_ticket (login);
CREATE INDEX identity_request_expiry ON identity_request (expires_ms);
CREATE INDEX identity_code_expiry ON identity_code (expires_ms);
CREATE INDEX identity_token_expiry ON identity_token (expires_ms);
CREATE INDEX identity_login_expiry ON identity_login (expires_ms);

-- A citizen's log is read by id, newest first; by service nobody reads.
DROP INDEX audit_record_citizen;
DROP INDEX audit_record_service;
CREATE INDEX audit_record_citizen ON audit_record (citizen, id);
-- The questions that a consent was used for.
CREATE INDEX audit_record_question ON audit_record (consent_id, object) WHERE operation = 'check';

-- The tests that a citizen takes part in.
CREATE INDEX consent_enrolment_citizen ON consent_enrolment (citizen, service);
