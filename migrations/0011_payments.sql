-- The last refusal of a card, after which the citizen may try another one, and how many there were.
ALTER TABLE payment ADD COLUMN rejection TEXT
    CHECK (rejection IN ('declined', 'expired-card', 'wrong-cvc', 'refused-at-bank'));
ALTER TABLE payment ADD COLUMN rejections BIGINT NOT NULL DEFAULT 0 CHECK (rejections >= 0);
