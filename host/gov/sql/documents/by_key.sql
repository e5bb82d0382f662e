SELECT document.*, document_kind.description
FROM document
JOIN document_kind ON document_kind.digest = document.kind
WHERE document.service = $1 AND document.key = $2
