SELECT DISTINCT digest
FROM submission
WHERE state IN ('draft', 'vetting', 'vetted', 'first-approved', 'approved', 'deployed', 'suspended')
