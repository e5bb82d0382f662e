//! A signing as its service sees it, and its end.

use super::signing::{Signer, Signing, Status, Stored};
use super::stored_signer::{Role, StoredSigner};
use super::{Signatures, store};
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::error::GovError;
use crate::invocation::Invocation;
use crate::sql;

impl Signatures {
    /// Moves a signing to its end, destroys what was made of it, and tells the service; `false` if somebody else was first.
    pub(super) async fn finish(
        &self,
        tx: &mut Conn,
        stored: &Stored,
        from: Status,
        to: Status,
        failure: Option<super::Failure>,
        now: Timestamp,
    ) -> Result<bool, crate::db::DbError> {
        let moved = sql!("signature/finish", &stored.id, to, failure, now, from)
            .run(tx)
            .await?;
        if moved == 1 {
            sql!("signature/end_attempts", &stored.id).run(tx).await?;
            sql!("signature/forget_partials", &stored.id).run(tx).await?;
            self.tell(tx, stored, to, now).await?;
        }
        Ok(moved == 1)
    }

    /// The signing as its service sees it: of whom a citizen named, nothing before they answered.
    pub(super) async fn shown(
        &self,
        tx: &mut Conn,
        asking: &Invocation,
        stored: Stored,
        now: Timestamp,
    ) -> Result<Signing, GovError> {
        let status = stored.status(now);
        let lang = asking.locale.for_page();
        let page = format!("{}/{lang}/my/signatures/{}", asking.service.platform, stored.id);
        let todo = |signer: &StoredSigner| stored.has_to_do(signer, now).then(|| page.clone());
        let signers = stored.signers.iter().map(|signer| {
            let (answer, answered) = stored.answer(signer);
            let known = signer.citizen.as_ref().filter(|_| signer.takes_part());
            Signer {
                sub: known.map(|citizen| self.identity.sub(&stored.service, citizen)),
                answer,
                answered,
                next_url: todo(signer).filter(|_| signer.role != Role::Named),
            }
        });
        let here = asking.session.as_ref();
        let here = here.and_then(|session| stored.signer(&session.citizen));
        Ok(Signing {
            signers: signers.collect(),
            next_url: here.filter(|signer| signer.takes_part()).and_then(todo),
            signed_files: store::outputs(tx, &stored).await?,
            files_url: (status == Status::Success).then(|| page.clone()),
            kept_until: stored.kept_until(),
            failure: stored.failure(now),
            status,
            reference: stored.reference.clone(),
            created: stored.created,
            expires: stored.expires,
            id: stored.id,
        })
    }
}
