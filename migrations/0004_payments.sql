-- Payments, their idempotency keys, refunds, receipts, bills, what is used up of the approval's
-- amounts, and the ledger. Amounts are qəpik (minor units of AZN).

-- What a citizen's household owes. Written when it is first read, from then on the only truth.
CREATE TABLE payment_bill (
    id TEXT NOT NULL PRIMARY KEY,
    household TEXT NOT NULL,
    service_code TEXT NOT NULL,
    -- The month of use: `2026-10`.
    period TEXT NOT NULL,
    issued_ms BIGINT NOT NULL,
    due_ms BIGINT NOT NULL,
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    -- The payment that holds or moved the money; a bill that was paid before the platform has none.
    payment TEXT UNIQUE,
    paid_ms BIGINT,
    UNIQUE (household, service_code, period),
    CHECK (issued_ms < due_ms)
);

CREATE TABLE payment (
    id TEXT NOT NULL PRIMARY KEY,
    service TEXT NOT NULL,
    -- What the pay page and the receipt say about the service, as it was approved at that time.
    service_az TEXT NOT NULL,
    service_en TEXT,
    service_ru TEXT,
    controller TEXT NOT NULL,
    origin TEXT NOT NULL,
    platform TEXT NOT NULL,
    citizen TEXT NOT NULL,
    service_code TEXT NOT NULL,
    amount_minor BIGINT NOT NULL CHECK (amount_minor BETWEEN 1 AND 10000000),
    reference TEXT NOT NULL,
    description_az TEXT NOT NULL,
    description_en TEXT,
    description_ru TEXT,
    return_path TEXT NOT NULL,
    delayed_capture BIGINT NOT NULL CHECK (delayed_capture IN (0, 1)),
    -- A JSON list of pairs.
    metadata TEXT NOT NULL,
    bill TEXT REFERENCES payment_bill (id),
    state TEXT NOT NULL CHECK (state IN ('created', 'started', 'submitted', 'capturable', 'success',
        'failed', 'cancelled', 'error')),
    failure TEXT CHECK (failure IN ('payment-method-rejected', 'expired', 'cancelled-by-user',
        'cancelled-by-service', 'provider-error', 'limit-exceeded')),
    created_ms BIGINT NOT NULL,
    -- When an unfinished payment fails by itself.
    expires_ms BIGINT NOT NULL,
    refunded_minor BIGINT NOT NULL DEFAULT 0,
    CHECK (0 <= refunded_minor AND refunded_minor <= amount_minor),
    CHECK (refunded_minor = 0 OR state = 'success'),
    CHECK ((state IN ('failed', 'cancelled', 'error')) = (failure IS NOT NULL))
);
CREATE INDEX payment_citizen ON payment (citizen, id);
CREATE INDEX payment_unfinished ON payment (service, expires_ms)
    WHERE state IN ('created', 'started', 'submitted', 'capturable');

-- Each state that a payment went through; it enters none twice.
CREATE TABLE payment_event (
    payment TEXT NOT NULL REFERENCES payment (id),
    state TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (payment, state)
);

-- One row for every key that changed something, kept for ever. Written in the change's transaction.
CREATE TABLE payment_key (
    service TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    operation TEXT NOT NULL CHECK (operation IN ('create', 'refund-payment')),
    request_hash TEXT NOT NULL,
    -- The payment or the refund.
    object TEXT NOT NULL,
    PRIMARY KEY (service, idempotency_key)
);

CREATE TABLE payment_refund (
    id TEXT NOT NULL PRIMARY KEY,
    payment TEXT NOT NULL REFERENCES payment (id),
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    at_ms BIGINT NOT NULL
);
CREATE INDEX payment_refund_payment ON payment_refund (payment);

-- A receipt repeats the payment's facts in its digest, so that a later change of them shows.
CREATE TABLE payment_receipt (
    id TEXT NOT NULL PRIMARY KEY,
    payment TEXT NOT NULL UNIQUE REFERENCES payment (id),
    at_ms BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    mac TEXT NOT NULL
);

-- How much of an approval's amounts is used: by one citizen, and (citizen '') by all together.
-- Reserved while a payment is unfinished, committed once it is paid; refunds give nothing back.
CREATE TABLE payment_budget (
    service TEXT NOT NULL,
    citizen TEXT NOT NULL,
    reserved_minor BIGINT NOT NULL CHECK (reserved_minor >= 0),
    committed_minor BIGINT NOT NULL CHECK (committed_minor >= 0),
    PRIMARY KEY (service, citizen)
);

-- The ledger: double entry, append-only. No statement updates or deletes a row of these tables, and
-- no balance is stored: it is the sum of the entries.
CREATE TABLE ledger_account (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('card', 'suspense', 'revenue', 'refunds')),
    -- The citizen of a card account, the service code of the others.
    owner TEXT NOT NULL,
    UNIQUE (kind, owner)
);

CREATE TABLE ledger_transfer (
    id TEXT NOT NULL PRIMARY KEY,
    payment TEXT NOT NULL REFERENCES payment (id),
    kind TEXT NOT NULL CHECK (kind IN ('settle', 'authorise', 'capture', 'void', 'refund')),
    -- The refund of a refund, '' otherwise: money moves once for each cause.
    cause TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    UNIQUE (payment, kind, cause),
    CHECK ((kind = 'refund') = (cause <> ''))
);

CREATE TABLE ledger_entry (
    transfer TEXT NOT NULL REFERENCES ledger_transfer (id),
    account TEXT NOT NULL REFERENCES ledger_account (id),
    debit_minor BIGINT NOT NULL CHECK (debit_minor >= 0),
    credit_minor BIGINT NOT NULL CHECK (credit_minor >= 0),
    PRIMARY KEY (transfer, account),
    CHECK ((debit_minor = 0) <> (credit_minor = 0))
);
CREATE INDEX ledger_entry_account ON ledger_entry (account);
