//! The API of the shop.

use axum::http::StatusCode;
use dast_shop::{DEMO_PASSWORD, DEMO_USER, router};

use crate::browser::{BOTH, Browser, JSON};

#[tokio::test]
async fn the_api_logs_in_too() {
    for care in BOTH {
        let mut browser = Browser::new(&router(care));
        let body = serde_json::json!({ "user": DEMO_USER, "password": DEMO_PASSWORD }).to_string();
        let answer = browser.send("POST", "/api/login", JSON, &body).await;
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, r#"{"user":"demo"}"#));
        assert_eq!(browser.get("/account").await.status, StatusCode::OK);
        // A form of another site can send text, and that must not do.
        assert_eq!(browser.send("POST", "/api/login", "text/plain", &body).await.status, 415);
    }
}

#[tokio::test]
async fn the_api_answers_as_its_description_says() {
    for care in BOTH {
        let mut browser = Browser::new(&router(care));
        let answer = browser.get("/api/openapi.json").await;
        assert_eq!(answer.content_type(), JSON);
        let document: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        let mut operations = 0;
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let valid = serde_json::json!({ "user": DEMO_USER, "password": DEMO_PASSWORD }).to_string();
                for (id, body) in
                    [("1", valid.as_str()), ("99", r#"{"user":"demo","password":""}"#), ("1", "{}")]
                {
                    let path = path.replace("{id}", id);
                    let answer = browser.send(&method.to_uppercase(), &path, JSON, body).await;
                    let documented = &operation["responses"][answer.status.as_str()];
                    assert!(documented.is_object(), "{method} {path} gives {}", answer.status);
                    let documented = match documented["$ref"].as_str() {
                        Some(reference) => document.pointer(reference.strip_prefix('#').unwrap()).unwrap(),
                        None => documented,
                    };
                    let media_type = answer.content_type().split(';').next().unwrap();
                    assert!(documented["content"][media_type].is_object(), "{method} {path}: {media_type}");
                }
                operations += 1;
            }
        }
        assert_eq!(operations, 3);

        let products: serde_json::Value =
            serde_json::from_str(&browser.get("/api/products").await.body).unwrap();
        let schema = &document["components"]["schemas"]["Product"];
        let described: Vec<_> = schema["properties"].as_object().unwrap().keys().collect();
        assert_eq!(products.as_array().unwrap().len(), 8);
        for product in products.as_array().unwrap() {
            assert_eq!(product.as_object().unwrap().keys().collect::<Vec<_>>(), described);
            let one = browser.get(&format!("/api/products/{}", product["id"])).await.body;
            assert_eq!(serde_json::from_str::<serde_json::Value>(&one).unwrap(), *product);
        }
    }
}
