package com.example;

import software.amazon.awscdk.App;
import software.amazon.awscdk.Environment;
import software.amazon.awscdk.StackProps;

public final class CentralAccountApp {
    static final String REGION = "eu-west-1";
    static final String CACHE_ACCOUNT = "111122223333";
    static final String TEAM_ACCOUNT = "444455556666";

    private CentralAccountApp() {
    }

    public static void main(final String[] args) {
        App app = new App();
        new CacheStack(app, "CentralCache", StackProps.builder()
                .env(Environment.builder().account(CACHE_ACCOUNT).region(REGION).build())
                .build());
        new TeamStack(app, "Team", StackProps.builder()
                .env(Environment.builder().account(TEAM_ACCOUNT).region(REGION).build())
                .build());
        app.synth();
    }
}
