-- What a receipt says, word by word (JSON), so that neither a later edit of the table of budget accounts
-- nor one of the payment's row changes it. The receipt's digest is over it. A receipt from before has
-- none: its facts are those of its payment.
ALTER TABLE payment_receipt ADD COLUMN facts TEXT;

-- Where the platform and its services are reached is asked when it is needed: addresses change.
ALTER TABLE payment DROP COLUMN origin;
ALTER TABLE payment DROP COLUMN platform;

-- One sweep finds the overdue payments of all services.
DROP INDEX payment_unfinished;
CREATE INDEX payment_unfinished ON payment (expires_ms, id)
    WHERE state IN ('created', 'started', 'submitted', 'capturable');
