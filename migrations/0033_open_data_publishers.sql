-- Organisations and open data: who may publish, as an officer admitted them.
CREATE TABLE open_data_publisher (
    organisation TEXT NOT NULL PRIMARY KEY,
    -- The organisation's name at the time, which readers of the catalogue see.
    name TEXT NOT NULL,
    -- `asked`, `admitted` or `ended`.
    state TEXT NOT NULL,
    changed_ms BIGINT NOT NULL
);
CREATE INDEX open_data_publisher_by_state ON open_data_publisher (state, changed_ms);

-- Files: as a publisher uploaded them, and as they are published. Their content is in pieces.
CREATE TABLE open_data_file (
    id TEXT NOT NULL PRIMARY KEY,
    organisation TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    -- SHA-256 of the content; empty while it arrives.
    sha256 TEXT NOT NULL,
    created_ms BIGINT NOT NULL
);
CREATE INDEX open_data_file_by_organisation ON open_data_file (organisation);

CREATE TABLE open_data_piece (
    file TEXT NOT NULL,
    -- From 0.
    number BIGINT NOT NULL,
    -- Base64.
    content TEXT NOT NULL,
    PRIMARY KEY (file, number)
);

-- Uploaded files whose reading is looked at.
CREATE TABLE open_data_draft (
    id TEXT NOT NULL PRIMARY KEY,
    organisation TEXT NOT NULL,
    -- The data set of which it becomes a version; empty for a new one.
    dataset TEXT NOT NULL,
    file TEXT NOT NULL,
    file_name TEXT NOT NULL,
    -- What the publisher says about the reading, and what the reading is, as JSON.
    choice TEXT NOT NULL,
    reading TEXT NOT NULL,
    -- What the publisher says about the data set, as JSON.
    about TEXT NOT NULL,
    created_ms BIGINT NOT NULL
);
CREATE INDEX open_data_draft_by_organisation ON open_data_draft (organisation, id);

CREATE TABLE open_data_set (
    identifier TEXT NOT NULL PRIMARY KEY,
    organisation TEXT NOT NULL,
    -- The publisher's name, and the description as JSON.
    publisher TEXT NOT NULL,
    about TEXT NOT NULL,
    -- `announced` before its first version, then `published` or `withdrawn`.
    state TEXT NOT NULL,
    -- The number of the version that readers see; 0 without one.
    version BIGINT NOT NULL,
    issued_ms BIGINT NOT NULL,
    modified_ms BIGINT NOT NULL
);
CREATE INDEX open_data_set_by_organisation ON open_data_set (organisation, identifier);
CREATE INDEX open_data_set_by_state ON open_data_set (state, issued_ms, identifier);

CREATE TABLE open_data_version (
    dataset TEXT NOT NULL,
    -- From 1.
    number BIGINT NOT NULL,
    -- The published file; empty once a version is so old that its file is not kept.
    file TEXT NOT NULL,
    file_name TEXT NOT NULL,
    -- How the uploaded file was read, as JSON: columns, types, rows.
    reading TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    published_ms BIGINT NOT NULL,
    PRIMARY KEY (dataset, number)
);

-- Every act about publishers and data sets. Append-only.
CREATE TABLE open_data_act (
    id TEXT NOT NULL PRIMARY KEY,
    at_ms BIGINT NOT NULL,
    organisation TEXT NOT NULL,
    -- `staff` or `developer`, and who it was.
    actor_kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    -- The label of the API token, if a program acted.
    token TEXT,
    act TEXT NOT NULL,
    -- The data set, if the act is about one.
    dataset TEXT NOT NULL,
    -- SHA-256 of the published file, or the grounds of a decision.
    detail TEXT NOT NULL
);
CREATE INDEX open_data_act_by_organisation ON open_data_act (organisation, id);
CREATE INDEX open_data_act_by_dataset ON open_data_act (dataset, id);
