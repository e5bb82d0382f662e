-- What the simulated offices of the state have learned since the platform started.

-- Births. A child gets a name later.
CREATE TABLE sim_birth (
    record TEXT NOT NULL PRIMARY KEY,
    mother TEXT NOT NULL,
    father TEXT,
    -- The day in Baku, `YYYY-MM-DD`.
    born TEXT NOT NULL,
    gender TEXT NOT NULL CHECK (gender IN ('female', 'male')),
    family_name TEXT NOT NULL,
    given_name TEXT,
    named TEXT,
    CHECK ((given_name IS NULL) = (named IS NULL))
);
CREATE INDEX sim_birth_mother ON sim_birth (mother);
CREATE INDEX sim_birth_father ON sim_birth (father) WHERE father IS NOT NULL;

-- Marriages: one row for each spouse.
CREATE TABLE sim_spouse (
    fin TEXT NOT NULL PRIMARY KEY,
    spouse TEXT NOT NULL,
    record TEXT NOT NULL,
    since TEXT NOT NULL
);

-- Benefits for children.
CREATE TABLE sim_child_benefit (
    -- The number of the birth.
    record TEXT NOT NULL PRIMARY KEY,
    recipient TEXT NOT NULL,
    qepik_a_month BIGINT NOT NULL CHECK (qepik_a_month > 0),
    since TEXT NOT NULL
);

-- Who is known to have reached pension age.
CREATE TABLE sim_pensioner (
    fin TEXT NOT NULL PRIMARY KEY,
    since_ms BIGINT NOT NULL
);
