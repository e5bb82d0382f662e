//! `aim:gov/exchange`: conversions only; see [`aim_gov::exchange`].

use aim_gov::error::Problem;
use aim_gov::exchange as gov;
use aim_gov::grant::Capability;

use super::types::problem;
use super::{CallResult, RequestState};
use crate::arguments::{
    Argument, bytes, case, keyed, list, media_type, optional, pairs, record, redacted, word,
};
use crate::bindings::aim::gov::exchange as wit;

impl RequestState {
    fn submission(&self, submission: gov::Submission) -> wit::Submission {
        let failure = submission.failure.map(|failure| {
            let detail = match failure {
                gov::Failure::AgencyRefused => "the agency refused; its answer says why",
                gov::Failure::OutcomeUnknown => {
                    "the agency did not answer or decide in time; the platform's officers look into it"
                }
            };
            problem(Problem::new(failure.code(), detail), &self.invocation.request_id)
        });
        wit::Submission {
            id: submission.id,
            operation: submission.operation,
            issue: submission.issue,
            finished: submission.status.is_final(),
            status: submission.status.into(),
            failure,
            agency_reference: submission.agency_reference,
            answer: submission.answer.map(Into::into),
            created: submission.created.as_wit(),
        }
    }
}

impl wit::Host for RequestState {
    async fn allowed(&mut self) -> CallResult<Vec<wit::Operation>> {
        let call = self.begin(Capability::Exchange, "allowed", || [])?;
        let result = call.wait_for(self.apis.exchange.allowed(&self.invocation)).await;
        Ok(self.end(call, result)?.into_iter().map(Into::into).collect())
    }

    async fn exists(&mut self, c: wit::Context) -> CallResult<bool> {
        let call = self.begin(Capability::Exchange, "exists", || [("c", asked(&c))])?;
        let result = call
            .wait_for(self.apis.exchange.exists(&self.invocation, &c.into()))
            .await;
        self.end(call, result)
    }

    async fn read(
        &mut self,
        c: wit::Context,
        fields: Vec<String>,
        cursor: Option<String>,
    ) -> CallResult<wit::Answer> {
        let call = self.begin(Capability::Exchange, "read", || {
            [
                ("c", asked(&c)),
                ("fields", list(&fields, |field| word(field))),
                ("cursor", optional(cursor.as_deref(), redacted)),
            ]
        })?;
        let result = call
            .wait_for(
                self.apis
                    .exchange
                    .read(&self.invocation, &c.into(), &fields, cursor.as_deref()),
            )
            .await;
        Ok(self.end(call, result)?.into())
    }

    async fn submit(
        &mut self,
        key: String,
        c: wit::Context,
        content_type: String,
        body: Vec<u8>,
    ) -> CallResult<wit::Submission> {
        let call = self.begin(Capability::Exchange, "submit", || {
            [
                ("key", keyed(&key)),
                ("c", asked(&c)),
                ("content-type", media_type(&content_type)),
                ("body", bytes(&body)),
            ]
        })?;
        let result = call
            .wait_for(
                self.apis
                    .exchange
                    .submit(&self.invocation, &key, &c.into(), &content_type, &body),
            )
            .await;
        let submission = self.end(call, result)?;
        Ok(self.submission(submission))
    }

    async fn get(&mut self, id: String) -> CallResult<wit::Submission> {
        let call = self.begin(Capability::Exchange, "get", || [("id", word(&id))])?;
        let result = call.wait_for(self.apis.exchange.get(&self.invocation, &id)).await;
        let submission = self.end(call, result)?;
        Ok(self.submission(submission))
    }

    async fn find(&mut self, key: String) -> CallResult<Option<wit::Submission>> {
        let call = self.begin(Capability::Exchange, "find", || [("key", keyed(&key))])?;
        let result = call
            .wait_for(self.apis.exchange.find(&self.invocation, &key))
            .await;
        let found = self.end(call, result)?;
        Ok(found.map(|submission| self.submission(submission)))
    }
}

fn asked(context: &wit::Context) -> Argument {
    let subject = match &context.subject {
        wit::Subject::Current => word("current"),
        wit::Subject::Citizen(sub) => case("citizen", redacted(sub)),
        wit::Subject::Object => word("object"),
    };
    record([
        ("operation", word(&context.operation)),
        ("subject", subject),
        (
            "parameters",
            pairs(&context.parameters, |one| (&one.name, redacted(&one.value))),
        ),
        ("purpose", word(&context.purpose)),
        ("issue", word(&context.issue)),
    ])
}

impl From<gov::Status> for wit::Status {
    fn from(status: gov::Status) -> Self {
        match status {
            gov::Status::Created => Self::Created,
            gov::Status::Submitted => Self::Submitted,
            gov::Status::Success => Self::Success,
            gov::Status::Failed => Self::Failed,
            gov::Status::Error => Self::Error,
        }
    }
}

impl From<wit::Context> for gov::Context {
    fn from(context: wit::Context) -> Self {
        Self {
            operation: context.operation,
            subject: match context.subject {
                wit::Subject::Current => gov::Subject::Current,
                wit::Subject::Citizen(sub) => gov::Subject::Citizen(sub),
                wit::Subject::Object => gov::Subject::Object,
            },
            parameters: context
                .parameters
                .into_iter()
                .map(|wit::Parameter { name, value }| gov::Parameter { name, value })
                .collect(),
            purpose: context.purpose,
            issue: context.issue,
        }
    }
}

impl From<gov::Answer> for wit::Answer {
    fn from(answer: gov::Answer) -> Self {
        Self {
            evidence: wit::Evidence {
                message_id: answer.evidence.message_id,
                request_id: answer.evidence.request_id,
                request_hash: answer.evidence.request_hash,
                log_id: answer.evidence.log_id,
            },
            content_type: answer.content_type,
            body: answer.body,
            cursor: answer.cursor,
            answered: answer.answered.as_wit(),
        }
    }
}

impl From<(&gov::Operation, Vec<String>)> for wit::Operation {
    fn from((operation, purposes): (&gov::Operation, Vec<String>)) -> Self {
        let address = operation.address();
        Self {
            code: operation.code.clone(),
            service: wit::ServiceId {
                instance: address.instance,
                member_class: address.member_class,
                member_code: address.member_code,
                subsystem: address.subsystem,
                service_code: address.service_code,
            },
            verb: match operation.verb {
                gov::Verb::Check => wit::Verb::Check,
                gov::Verb::Read => wit::Verb::Read,
                gov::Verb::Submit => wit::Verb::Submit,
            },
            about: match operation.about {
                gov::About::Person => wit::About::Person,
                gov::About::Object => wit::About::Object,
                gov::About::Nothing => wit::About::Nothing,
            },
            title: operation.title.clone().into(),
            purposes,
            parameters: operation.parameters.clone(),
            fields: match operation.verb {
                gov::Verb::Submit => operation.body.iter().map(|field| field.name.clone()).collect(),
                gov::Verb::Check | gov::Verb::Read => operation.all_fields().map(str::to_owned).collect(),
            },
            content_types: operation.content_types.clone(),
            description: None,
        }
    }
}
