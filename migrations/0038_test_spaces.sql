-- Test spaces of organisations. What happens in a space is in a database of its own, not here.
CREATE TABLE test_space (
    -- A part of the addresses of its services, and so unique on the platform.
    name TEXT NOT NULL PRIMARY KEY,
    organisation TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    -- Which of its databases is current: each reset begins another one.
    generation BIGINT NOT NULL,
    -- When that database began, by its own clock.
    began_ms BIGINT NOT NULL,
    -- How its clock goes, as JSON.
    clock TEXT NOT NULL,
    -- What goes wrong with the calls of its services, as JSON.
    faults TEXT NOT NULL
);
CREATE INDEX test_space_by_organisation ON test_space (organisation);

-- Copies of the database of a space.
CREATE TABLE test_space_snapshot (
    space TEXT NOT NULL,
    name TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    -- The clock of the space and the beginning of its database at that moment.
    began_ms BIGINT NOT NULL,
    stood_ms BIGINT NOT NULL,
    PRIMARY KEY (space, name)
);
