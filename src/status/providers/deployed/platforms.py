"""The environment variables by which platforms and builds tell what they deployed."""

from __future__ import annotations

PLATFORMS = (
    ("heroku", ("DYNO", "HEROKU_APP_NAME")),
    ("render", ("RENDER",)),
    ("fly", ("FLY_APP_NAME",)),
    ("railway", ("RAILWAY_PROJECT_ID", "RAILWAY_SERVICE_ID")),
    ("cloud-run", ("K_SERVICE",)),
    ("app-engine", ("GAE_SERVICE",)),
    ("aws-lambda", ("AWS_LAMBDA_FUNCTION_NAME",)),
    ("aws-ecs", ("ECS_CONTAINER_METADATA_URI_V4", "ECS_CONTAINER_METADATA_URI")),
    ("azure-container-apps", ("CONTAINER_APP_NAME",)),
    ("azure-app-service", ("WEBSITE_SITE_NAME",)),
    ("vercel", ("VERCEL",)),
    ("koyeb", ("KOYEB_SERVICE_NAME",)),
    ("platform-sh", ("PLATFORM_PROJECT",)),
    ("clever-cloud", ("CC_COMMIT_ID", "CC_DEPLOYMENT_ID")),
    ("kubernetes", ("KUBERNETES_SERVICE_HOST",)),
    ("github-actions", ("GITHUB_ACTIONS",)),
    ("gitlab-ci", ("GITLAB_CI",)),
)
"""In this order: Azure's and Google's containers may stand in Kubernetes, which tells the least."""

VARIABLES = {
    "commit": (
        # Heroku's newer feature fills the second of its two also where a pipeline promotes a build.
        *("HEROKU_BUILD_COMMIT", "HEROKU_SLUG_COMMIT", "RENDER_GIT_COMMIT", "RAILWAY_GIT_COMMIT_SHA"),
        *("VERCEL_GIT_COMMIT_SHA", "KOYEB_GIT_SHA", "CC_COMMIT_ID", "CAPROVER_GIT_COMMIT_SHA"),
        # What images are built with; the first is what Docker Hub, Heroku's build and Coolify give.
        *("SOURCE_COMMIT", "SOURCE_VERSION", "GIT_COMMIT", "GIT_COMMIT_SHA", "GIT_SHA", "GIT_REV", "GIT_REVISION"),
        *("COMMIT_SHA", "COMMIT_HASH", "COMMIT", "REVISION_ID", "REVISION", "VCS_REF", "BUILD_COMMIT"),
        *("CI_COMMIT_SHA", "GITHUB_SHA", "CODEBUILD_RESOLVED_SOURCE_VERSION", "BUILD_SOURCEVERSION"),
        *("CIRCLE_SHA1", "BITBUCKET_COMMIT", "DRONE_COMMIT_SHA", "BUILDKITE_COMMIT", "TRAVIS_COMMIT"),
    ),
    "branch": (
        *("RENDER_GIT_BRANCH", "RAILWAY_GIT_BRANCH", "VERCEL_GIT_COMMIT_REF", "KOYEB_GIT_BRANCH", "PLATFORM_BRANCH"),
        *("SOURCE_BRANCH", "GIT_BRANCH", "CI_COMMIT_REF_NAME", "GITHUB_REF_NAME", "BUILD_SOURCEBRANCHNAME"),
        *("CIRCLE_BRANCH", "BITBUCKET_BRANCH"),
    ),
    "release": (
        *("HEROKU_RELEASE_VERSION", "FLY_MACHINE_VERSION", "K_REVISION", "GAE_VERSION", "CONTAINER_APP_REVISION"),
        *("AWS_LAMBDA_FUNCTION_VERSION", "SENTRY_RELEASE", "DD_VERSION", "APP_VERSION", "RELEASE_VERSION"),
        *("IMAGE_TAG", "DOCKER_TAG", "CI_COMMIT_TAG", "BUILD_NUMBER", "BUILD_BUILDNUMBER"),
    ),
    "image": ("FLY_IMAGE_REF", "CONTAINER_IMAGE", "IMAGE_REF", "IMAGE_NAME"),
    "deployment": (
        *("RAILWAY_DEPLOYMENT_ID", "VERCEL_DEPLOYMENT_ID", "GAE_DEPLOYMENT_ID", "CC_DEPLOYMENT_ID"),
        "PLATFORM_TREE_ID",
    ),
    "deployed_at": ("HEROKU_RELEASE_CREATED_AT", "BUILD_DATE", "BUILD_TIMESTAMP"),
    "service": (
        *("HEROKU_APP_NAME", "RENDER_SERVICE_NAME", "FLY_APP_NAME", "RAILWAY_SERVICE_NAME", "K_SERVICE", "GAE_SERVICE"),
        *("AWS_LAMBDA_FUNCTION_NAME", "CONTAINER_APP_NAME", "WEBSITE_SITE_NAME", "KOYEB_SERVICE_NAME"),
        *("OTEL_SERVICE_NAME", "DD_SERVICE"),
    ),
    "environment": (
        *("RAILWAY_ENVIRONMENT_NAME", "VERCEL_ENV", "WEBSITE_SLOT_NAME", "PLATFORM_ENVIRONMENT"),
        *("SENTRY_ENVIRONMENT", "DD_ENV"),
    ),
    "instance": (
        *("DYNO", "RENDER_INSTANCE_ID", "FLY_MACHINE_ID", "RAILWAY_REPLICA_ID", "GAE_INSTANCE"),
        *("CONTAINER_APP_REPLICA_NAME", "WEBSITE_INSTANCE_ID", "KOYEB_INSTANCE_ID"),
        # By the convention of the downward API's documentation.
        *("POD_NAME", "MY_POD_NAME", "K8S_POD_NAME"),
    ),
    "namespace": ("POD_NAMESPACE", "MY_POD_NAMESPACE", "K8S_NAMESPACE"),
    "node": ("NODE_NAME", "MY_NODE_NAME", "K8S_NODE_NAME"),
    "region": (
        *("FLY_REGION", "RAILWAY_REPLICA_REGION", "VERCEL_REGION", "KOYEB_REGION", "REGION_NAME", "AWS_REGION"),
        "AWS_DEFAULT_REGION",
    ),
    "execution": ("AWS_EXECUTION_ENV",),
}
"""Fact → variables, the first that is set counts. None of them holds a secret."""
