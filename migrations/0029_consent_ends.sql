-- Finds the consents that have ended by time, whose services are told.
CREATE INDEX consent_record_expires ON consent_record (expires_ms) WHERE state IN ('active', 'paused');
CREATE INDEX consent_record_first_read ON consent_record (first_read_ms)
    WHERE state IN ('active', 'paused') AND first_read_ms IS NOT NULL;
