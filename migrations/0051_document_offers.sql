-- Offers whose end is looked for.
CREATE INDEX document_offered ON document (created_ms) WHERE acceptance = 'offered';
CREATE INDEX document_offered_ends ON document (expires_ms) WHERE acceptance = 'offered';
