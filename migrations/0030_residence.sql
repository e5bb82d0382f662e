-- What the simulated register of the population has learned since the platform started: where somebody has moved to.
CREATE TABLE sim_residence (
    fin TEXT NOT NULL PRIMARY KEY,
    -- As JSON.
    address TEXT NOT NULL,
    -- The day of the move in Baku, `YYYY-MM-DD`.
    since TEXT NOT NULL
);
