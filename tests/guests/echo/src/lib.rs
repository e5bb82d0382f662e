//! Answers exactly what the address asks for, however harmful.
//!
//! | path | what it does |
//! |---|---|
//! | `/say?status=s&header=name:value&body=b` | answers with that status, those headers and that body |
//! | `/authorization` | says which `Authorization` the request has |
//! | `/header?name=n` | says which header of that name the request has |
//! | any other | says `ok` |

use aim_sdk::prelude::*;

#[aim_sdk::service]
fn echo(request: Request) -> Response {
    let query = request.query();
    match request.path() {
        "/say" => {
            let status = query.get("status").and_then(|status| status.parse().ok());
            let mut response = Response::new(status.unwrap_or(200));
            for header in query.all("header") {
                if let Some((name, value)) = header.split_once(':') {
                    response = response.with_header(name, value.trim_start());
                }
            }
            response.with_body(query.get("body").unwrap_or_default())
        }
        "/authorization" => Response::text(request.header("authorization").unwrap_or("none")),
        "/header" => Response::text(
            request
                .header(query.get("name").unwrap_or_default())
                .unwrap_or("none"),
        ),
        _ => Response::text("ok"),
    }
}
