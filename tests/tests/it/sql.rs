//! Every statement is prepared on both engines, so that one which only SQLite understands cannot land.

use std::path::{Path, PathBuf};

use aim_gov::db::{Db, sqlite_address};
use aim_tests::paths;
use aim_tests::postgres::Postgres;
use sqlx::{Executor as _, SqlSafeStr as _};

/// Folders that hold statements.
const FOLDERS: [&str; 2] = ["host/gov/sql", "registry/sql"];

fn statements() -> Vec<(PathBuf, String)> {
    let mut folders: Vec<_> = FOLDERS
        .iter()
        .map(|folder| paths::project().join(folder))
        .collect();
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in
            std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "sql") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    found.sort();
    found
}

async fn refused(db: &Db, statements: &[(PathBuf, String)]) -> Vec<String> {
    let mut refused = Vec::new();
    for (path, text) in statements {
        let mut connection = db.reader().await.unwrap();
        let sql = sqlx::AssertSqlSafe(text.clone()).into_sql_str();
        if let Err(error) = connection.prepare(sql).await {
            refused.push(format!("{:?} refuses {}: {error}", db.engine(), name(path)));
        }
    }
    refused
}

fn name(path: &Path) -> String {
    path.strip_prefix(paths::project())
        .unwrap_or(path)
        .display()
        .to_string()
}

#[tokio::test]
async fn every_statement_is_prepared_on_both_engines() {
    let statements = statements();
    assert!(!statements.is_empty(), "no statement found");
    let folder = tempfile::tempdir().unwrap();
    let sqlite = sqlite_address(&folder.path().join("aim.db"));
    let postgres = Postgres::start().await.unwrap();
    let mut wrong = Vec::new();
    for address in [sqlite, postgres.database().await.unwrap()] {
        let db = Db::open(&address).await.unwrap();
        wrong.extend(refused(&db, &statements).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The engines disagree on more than these; the list holds what has been tempting.
#[test]
fn statements_run_on_both_engines() {
    const WORDS: [&str; 7] = [
        "autoincrement",
        "serial",
        "boolean",
        "datetime(",
        "now()",
        "json_extract",
        "insert or ",
    ];
    let leaning: Vec<_> = statements()
        .into_iter()
        .filter_map(|(path, text)| {
            let text = text.to_lowercase();
            let word = WORDS.into_iter().find(|word| text.contains(word))?;
            Some(format!("{} uses `{word}`", name(&path)))
        })
        .collect();
    assert!(leaning.is_empty(), "{}", leaning.join("\n"));
}
