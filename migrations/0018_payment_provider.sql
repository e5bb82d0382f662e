-- The provider of payments is another system. `asked` is what it was asked and has not answered: written before the
-- call, ended with its answer. `release` is what a payment that is over has still to tell it.
ALTER TABLE payment ADD COLUMN asked TEXT
    CHECK (asked IN ('authorise', 'approve', 'refuse', 'capture', 'release'));
ALTER TABLE payment ADD COLUMN asked_ms BIGINT;
-- How often a card was sent to the provider; it names the charge.
ALTER TABLE payment ADD COLUMN charges BIGINT NOT NULL DEFAULT 0 CHECK (charges >= 0);
CREATE INDEX payment_asked ON payment (asked_ms, id) WHERE asked IS NOT NULL;

ALTER TABLE payment_refund ADD COLUMN state TEXT NOT NULL DEFAULT 'success'
    CHECK (state IN ('submitted', 'success', 'error'));
CREATE INDEX payment_refund_submitted ON payment_refund (at_ms, id) WHERE state = 'submitted';

-- What the simulated provider knows. Nothing but the simulator reads or writes it.
CREATE TABLE sim_charge (
    id TEXT NOT NULL PRIMARY KEY,
    amount_minor BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('challenge', 'held', 'settled', 'declined', 'expired-card', 'wrong-cvc',
        'refused-at-bank', 'failed', 'cancelled'))
);
CREATE TABLE sim_refund (
    id TEXT NOT NULL PRIMARY KEY,
    charge TEXT NOT NULL REFERENCES sim_charge (id),
    amount_minor BIGINT NOT NULL
);
CREATE INDEX sim_refund_charge ON sim_refund (charge);

INSERT INTO sim_charge (id, amount_minor, state)
SELECT id || '-0', amount_minor,
    CASE state WHEN 'submitted' THEN 'challenge' WHEN 'capturable' THEN 'held' ELSE 'settled' END
FROM payment
WHERE state IN ('submitted', 'capturable', 'success');
INSERT INTO sim_refund (id, charge, amount_minor)
SELECT id, payment || '-0', amount_minor
FROM payment_refund;
