-- Catalogues that are harvested: the last harvest of each.
CREATE TABLE open_data_source (
    name TEXT NOT NULL PRIMARY KEY,
    -- When the next harvest begins.
    due_ms BIGINT NOT NULL,
    -- Until when the process that harvests has time; 0 or the past if none does.
    lease_ms BIGINT NOT NULL,
    finished_ms BIGINT,
    -- What the last harvest did, as JSON.
    report TEXT NOT NULL
);
