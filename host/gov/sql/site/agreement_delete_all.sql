DELETE FROM identity_agreement
WHERE citizen = $1
