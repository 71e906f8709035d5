"""Policy versions are dated by the database and never changed; a request's clock cannot be edited."""

from typing import ClassVar

from django.db import migrations

VERSIONS = """
CREATE FUNCTION policy_version_is_dated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.published_at := statement_timestamp();
    RETURN NEW;
END $$;
CREATE FUNCTION policy_version_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a published version of the policy stays as it is: % refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER is_dated BEFORE INSERT ON privacy_policyversion
    FOR EACH ROW EXECUTE FUNCTION policy_version_is_dated();
CREATE TRIGGER stays BEFORE UPDATE OR DELETE ON privacy_policyversion
    FOR EACH ROW EXECUTE FUNCTION policy_version_stays();
ALTER TABLE privacy_policyversion
    ADD CONSTRAINT a_version_is_public_before_it_counts CHECK (
        number = 1 AND notice_days >= 0 AND effective_at >= published_at
        OR notice_days >= 1 AND effective_at - published_at >= make_interval(hours => 24 * notice_days)
    );
"""

REQUESTS = """
CREATE FUNCTION request_clock_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.received_at IS DISTINCT FROM OLD.received_at
        OR NEW.kind IS DISTINCT FROM OLD.kind OR NEW.channel IS DISTINCT FROM OLD.channel
        OR OLD.carried_out_at IS NOT NULL AND NEW.carried_out_at IS DISTINCT FROM OLD.carried_out_at
        OR NEW.subject IS DISTINCT FROM OLD.subject AND NEW.subject IS NOT NULL
    THEN
        RAISE EXCEPTION 'what a request asks, and its clock, stay as they are'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER clock_stays BEFORE UPDATE ON privacy_subjectrequest
    FOR EACH ROW EXECUTE FUNCTION request_clock_stays();
"""

UNDO = """
ALTER TABLE privacy_policyversion DROP CONSTRAINT a_version_is_public_before_it_counts;
DROP FUNCTION policy_version_is_dated() CASCADE;
DROP FUNCTION policy_version_stays() CASCADE;
DROP FUNCTION request_clock_stays() CASCADE;
"""


class Migration(migrations.Migration):
    """Rules of clauses 4.3 and 5.2 that hold whatever the code does."""

    dependencies: ClassVar = [("privacy", "0003_policy_requests_erasures")]
    operations: ClassVar = [migrations.RunSQL(VERSIONS + REQUESTS, UNDO)]
