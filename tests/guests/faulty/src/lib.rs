//! Makes the two mistakes of a first version: panics for a visitor, without the feature `logging`, and asks for
//! a citizen's data under a purpose that its manifest does not declare.

use aim_sdk::prelude::*;

#[aim_sdk::service]
fn faulty(_request: Request) -> Result<Response, Error> {
    let Ok(citizen) = identity::current() else {
        panic!("the table of tariffs is empty\n\tand so is the cache");
    };
    let claims = citizen.claims(&["given_name"], "gretting")?;
    Ok(Response::text(claims.given_name.unwrap_or_default()))
}
