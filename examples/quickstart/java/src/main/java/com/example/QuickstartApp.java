package com.example;

import software.amazon.awscdk.App;
import software.amazon.awscdk.Environment;
import software.amazon.awscdk.StackProps;

public final class QuickstartApp {
    private QuickstartApp() {
    }

    public static void main(final String[] args) {
        App app = new App();
        new QuickstartStack(app, "Quickstart", StackProps.builder()
                .env(Environment.builder().account("111122223333").region("eu-west-1").build())
                .build());
        app.synth();
    }
}
